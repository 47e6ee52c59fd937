//! What site files say, object by object, and what comes of them. An object is the same here, in a file (`rackward schema`) and
//! in an export. Places and people stand there by path and id: files hold no names of people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::at::At;
use super::change_set::Widened;
use super::request::SpecialDays;

/// The version of the form of objects.
pub const API_VERSION: &str = "rackward/v1";

/// What in a plan depends on the program that made it: a plan of another version is refused.
pub const POLICY_VERSION: u32 = 1;

/// Every kind of object, in the order in which they are made.
pub const KINDS: [&str; 6] = ["Calendar", "Schedule", "Agreement", "AccessProfile", "Membership", "Grant"];

/// One object of site files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SiteFileObject)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// `rackward/v1`.
    pub api_version: String,
    /// `Calendar`, `Schedule`, `Agreement`, `AccessProfile`, `Membership` or `Grant`.
    pub kind: String,
    /// What it is called.
    pub metadata: Metadata,
    /// What it says; see `GET /api/v1/site-files/schema`.
    #[schema(value_type = Object)]
    pub spec: Map<String, Value>,
    /// What must hold once the files are applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Test>,
}

/// What an object is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SiteFileName)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Its name, 1 to 64 characters; one of its kind has it.
    pub name: String,
}

/// Whether somebody passes at some moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SiteFileTest)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Who, by id.
    pub person: String,
    /// When.
    pub at: At,
    /// Access points that must open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
    /// Access points that must not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied: Vec<String>,
}

/// `spec` of a `Calendar`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// Dates such as `2026-12-25`.
    pub days: Vec<String>,
}

/// `spec` of a `Schedule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// IANA zone; the site's if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Windows of the week such as `Mon-Fri 08:00-18:00`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<String>,
    /// Calendars with windows of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub special: Vec<SpecialDays>,
}

/// `spec` of an `AccessProfile`: either `points` and perhaps `schedule`, or `policies`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileSpec {
    /// Whose it is, by name; the operator's of the site if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Paths of doors; `*`, `?` and `[1-8]` stand for parts of one step, `**` for any steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<String>,
    /// When, by name; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Several of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicySpec>,
}

/// Doors and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySpec {
    /// Paths of doors, as above.
    pub points: Vec<String>,
    /// When, by name; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
}

/// `spec` of a `Membership`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MembershipSpec {
    /// The access profile, by name.
    pub profile: String,
    /// Who holds it.
    pub members: Vec<Terms>,
}

/// `spec` of a `Grant`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantSpec {
    /// Paths of doors, as above.
    pub points: Vec<String>,
    /// When, by name, instead of `windows`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Windows of the week; always if both are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<String>,
    /// Who, and on which terms.
    #[serde(flatten)]
    pub terms: Terms,
}

/// Who holds a right, and on which terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Who, by id.
    pub person: String,
    /// First instant at which it counts; when it is made if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_at: Option<At>,
    /// First instant at which it no longer counts.
    pub to_at: At,
    /// Why, 1 to 256 characters.
    pub reason: String,
    /// The change ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Whether the holder must be escorted.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub escort: bool,
}

/// `spec` of an `Agreement`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementSpec {
    /// Who shares, by name.
    pub owner: String,
    /// With whom, by name.
    pub guest: String,
    /// Which areas, by path.
    pub areas: Vec<String>,
    /// First instant at which it counts; when it is made if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_at: Option<At>,
    /// First instant at which it no longer counts.
    pub to_at: At,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// What would come of files: `POST /api/v1/site-files/plan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SitePlan)]
pub struct Plan {
    /// The generation of rights that it rests on.
    pub base_generation: u64,
    /// SHA-256 of the objects.
    pub digest: String,
    /// The version of the rules by which it was made.
    pub policy_version: u32,
    /// What would change, in order.
    pub items: Vec<PlanLine>,
    /// How many objects stay as they are.
    pub unchanged: u32,
    /// What each kind of change comes to.
    pub counts: PlanCounts,
    /// By how much it would widen who may pass.
    pub widening: Widened,
    /// By how much it would narrow that.
    pub narrowing: Widened,
    /// A sentence for each risk.
    pub risks: Vec<String>,
    /// What its tests found.
    pub tests: Vec<TestResult>,
    /// Whether it takes a second operator.
    pub takes_two: bool,
    /// The site that it is for.
    pub site: String,
}

/// How many changes of each kind there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SitePlanCounts)]
pub struct PlanCounts {
    /// Objects and memberships that are made.
    pub create: u32,
    /// Those that change.
    pub change: u32,
    /// Those that go.
    pub delete: u32,
    /// Those that files look after from then on, as they are.
    pub adopt: u32,
}

/// One change of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SitePlanLine)]
pub struct PlanLine {
    /// `+` for what is made, `~` for what changes, `-` for what goes, `=` for what files only look after from then on, or, where
    /// an apply is undone, no longer.
    pub mark: String,
    /// Which kind of object.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What changes, in words.
    pub what: String,
    /// By how many person-doors it widens who may pass.
    pub widens: u64,
    /// The number of the object that says so; none for what goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<u32>,
}

/// What one test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SitePlanTest)]
pub struct TestResult {
    /// The number of the object whose test it is.
    pub object: u32,
    /// Who.
    pub person: String,
    /// Where.
    pub point: String,
    /// When.
    pub at: At,
    /// `open` or `denied`: what is expected.
    pub expect: String,
    /// Whether it holds.
    pub holds: bool,
    /// What would happen, in words.
    pub found: String,
    /// Where it is written, such as `/objects/3/tests/0/open/1`.
    pub pointer: String,
}

/// What an apply came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SiteFilesApplied)]
pub struct Applied {
    /// What was done.
    #[serde(flatten)]
    pub plan: Plan,
    /// The generation of rights after it.
    pub generation: u64,
}

/// Objects that say what is there: `GET /api/v1/site-files`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SiteFilesExported)]
pub struct Exported {
    /// The generation of rights that they are of.
    pub generation: u64,
    /// The site that they are of.
    pub site: String,
    /// The objects.
    pub items: Vec<Object>,
}

/// Where what is there differs from what files said: `GET /api/v1/site-files/drift`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SiteFilesDrift)]
pub struct Drift {
    /// When files were applied last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<At>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_by: Option<String>,
    /// What was changed since by somebody else, or is gone.
    pub items: Vec<Drifted>,
    /// Devices that do not hold yet what they should.
    pub devices: Vec<String>,
}

/// Something that files look after and that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SiteFilesDrifted)]
pub struct Drifted {
    /// Which kind of object.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The record.
    pub id: String,
    /// `changed` or `gone`.
    pub state: String,
}

/// Kinds with their place in [`KINDS`].
pub fn rank(kind: &str) -> usize {
    let ranks: BTreeMap<&str, usize> = KINDS.into_iter().zip(0..).collect();
    ranks.get(kind).copied().unwrap_or(KINDS.len())
}
