//! Bodies of requests, as a client writes them and the server reads them. Here they are texts; turning them into commands,
//! with every problem named, is `api/`. Bodies that hold a name, card number or PIN have no `Debug`.

mod alarms;
mod alerts;
mod changes;
mod desk;
mod devices;
mod operators;
mod people;
mod places;
mod racks;
mod reviews;
mod rights;
mod schedules;
mod sessions;
mod site_files;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use super::webhook::ReplayWebhook;
pub use alarms::{
    Acknowledge, AlarmNote, AssignAlarm, CloseAlarm, EscalateAlarm, FinishStep, ShelveAlarm, TakeOutOfService,
};
pub use alerts::CreateAlert;
pub use changes::{CarryOutChanges, EndOne, TryChanges};
pub use desk::{EndMuster, EnterVisitor, FindVisitor, MarkMuster, MusterMark, NoteShift, RejectShift, StartMuster};
pub use devices::{CanariesBegun, Enrolment, JobStarted, Locate, Located, ScanBus, StartJob, TraceBus, TryPattern};
pub use operators::{BindCertificate, BindProvider, ChangeOperator, Confirm, CreateOperator, CreateToken};
pub use people::{
    AssignCredential, ChangePersonDetails, CreatePerson, PatchPerson, RenamePerson, SetCredentialState, SetExternalId,
    SetPersonStatus, SetPin,
};
pub use places::{AreaOrder, BindPlan, Forgive, OpenDoor, OrderMode, PlanBinding, SetThreatLevel};
pub use racks::{RackOfRegister, TakeRacks};
pub use reviews::{AssignReview, CloseReview, DecideLine, DecideReview, LinkPerson, OpenReview};
pub use rights::{
    BreakGlass, ChangeGrantEnd, ChangeProfile, CloseTicket, CreateGrant, CreateProfile, MakeAgreement, ProfilePolicy,
    Review,
};
pub use schedules::{ChangeCalendar, ChangeSchedule, CreateCalendar, CreateSchedule, SpecialDays};
pub use sessions::{
    BeginDevice, FetchDevice, Link, NewLink, OwnCode, OwnPassword, PasskeyAnswer, SetupAnswer, SetupBegin, ShowNames,
    SignIn, StepUp,
};
pub use site_files::{ApplyFiles, PlanFiles, Unread};

/// A body of a request: its members, so that a server can say at once all that is wrong with one.
pub trait Body: serde::de::DeserializeOwned + ToSchema {
    /// Every member it may have.
    const MEMBERS: &'static [Member];
}

/// One member of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether it may be left out.
    pub presence: Presence,
}

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A time, RFC 3339.
    Time,
    /// The end of something: a time, or how long after the request is read it is (ISO 8601-1, such as `PT4H`). A request that
    /// says how long is the same each time it is sent, so it can be repeated under its key.
    End,
    /// A whole number from 0 to 65,535.
    Count,
    /// A whole number from 0 to 4,294,967,295.
    Number,
    /// A list of such numbers.
    Numbers,
    /// True or false.
    Flag,
    /// A list of texts.
    Texts,
    /// A list of objects with these members.
    List(&'static [Member]),
    /// A list of objects, each with members of its own.
    Objects,
}

/// Whether a member may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must be there.
    Required,
    /// It may be left out or null.
    Optional,
}

macro_rules! bodies {
    ($($body:ident { $($presence:ident $name:ident: $shape:ident $(($of:ident))?,)* })*) => {$(
        impl Body for $body {
            const MEMBERS: &'static [Member] = &[$(
                Member {
                    name: stringify!($name),
                    shape: Shape::$shape $((<$of as Body>::MEMBERS))?,
                    presence: Presence::$presence,
                },
            )*];
        }
    )*};
}

bodies! {
    CreatePerson {
        Required name: Text, Optional external_id: Text, Optional pin: Text, Optional status: Text, Optional organisation: Text,
        Optional clearance: Text, Optional extended_time: Flag,
    }
    SetPersonStatus { Required status: Text, Required reason: Text, }
    ChangePersonDetails {
        Optional organisation: Text, Optional clearance: Text, Optional extended_time: Flag, Required reason: Text,
    }
    PatchPerson {
        Optional name: Text, Optional external_id: Text, Optional organisation: Text, Optional clearance: Text,
        Optional extended_time: Flag, Required reason: Text,
    }
    RenamePerson { Required name: Text, }
    SetExternalId { Optional external_id: Text, }
    RackOfRegister {
        Required id: Number, Required name: Text, Optional facility_id: Text, Required site: Text, Optional location: Text,
        Optional role: Text, Optional status: Text, Optional tenant: Text, Optional u_height: Count,
        Optional serial: Text, Optional asset_tag: Text, Optional rack: Text,
    }
    TryPattern { Required pattern: Text, }
    TakeRacks { Optional site: Text, Required racks: List(RackOfRegister), }
    SetPin { Required pin: Text, }
    Reason { Required reason: Text, }
    Nothing {}
    AssignCredential {
        Required person: Text, Optional card: Text, Optional format: Text, Optional facility: Text,
        Optional issue: Text, Optional number: Text, Optional valid_from_at: Time, Optional valid_to_at: End,
    }
    SetCredentialState { Required state: Text, Required reason: Text, }
    CreateGrant {
        Required person: Text, Optional rack: Text, Optional doors: Texts, Optional profile: Text,
        Optional from_at: Time, Required to_at: End, Optional schedule: Text, Optional days: Text,
        Optional between: Text, Optional uses: Count, Optional escort: Flag, Required reason: Text,
        Optional ticket: Text,
    }
    ChangeGrantEnd { Required to_at: End, Required reason: Text, }
    Review { Required note: Text, }
    CreateAlert {
        Required name: Text, Required query: Text, Required priority: Count, Required response: Text,
        Required reason: Text, Required until_at: End, Optional owner: Text, Optional organisation: Text,
        Optional accept_flood: Flag,
    }
    OpenReview {
        Required scope: Texts, Required due_at: End, Optional unused_days: Count, Optional undecided: Text,
        Required reason: Text,
    }
    AssignReview { Optional lines: Numbers, Required reviewer: Text, }
    DecideLine { Required line: Number, Required decision: Text, Optional until_at: End, Optional to: Text, }
    DecideReview { Required decisions: List(DecideLine), Required note: Text, }
    CloseReview { Optional abandon: Flag, Required reason: Text, }
    LinkPerson { Optional person: Text, Required reason: Text, }
    ShowNames { Required reason: Text, Optional ticket: Text, }
    PlanBinding { Required element: Text, Required place: Text, }
    BindPlan { Required bindings: List(PlanBinding), }
    CloseTicket { Required ticket: Text, Required reason: Text, }
    BreakGlass {
        Required person: Text, Optional rack: Text, Optional doors: Texts, Optional to_at: End, Required reason: Text,
    }
    ProfilePolicy { Optional door: Text, Optional rack: Text, Optional area: Text, Optional schedule: Text, }
    CreateProfile {
        Required name: Text, Optional organisation: Text, Required policies: List(ProfilePolicy), Required reason: Text,
    }
    ChangeProfile { Optional organisation: Text, Required policies: List(ProfilePolicy), Required reason: Text, }
    MakeAgreement {
        Required owner: Text, Required guest: Text, Required areas: Texts, Optional from_at: Time, Required to_at: End,
        Required reason: Text,
    }
    SpecialDays { Required calendar: Text, Required windows: Texts, }
    CreateSchedule {
        Required name: Text, Optional time_zone: Text, Optional windows: Texts, Optional special: List(SpecialDays),
    }
    ChangeSchedule { Optional time_zone: Text, Optional windows: Texts, Optional special: List(SpecialDays), }
    CreateCalendar { Required name: Text, Required days: Texts, }
    ChangeCalendar { Required days: Texts, }
    OpenDoor { Required door: Text, Optional for_s: Number, Required reason: Text, Required not_after_at: Time, }
    OrderMode { Required door: Text, Required order: Text, Required reason: Text, Required not_after_at: Time, }
    AreaOrder { Required area: Text, Required reason: Text, Required not_after_at: Time, }
    SetThreatLevel { Required level: Text, Required reason: Text, }
    Forgive { Optional person: Text, Optional area: Text, Required reason: Text, }
    Acknowledge { Required note: Text, }
    AlarmNote { Required note: Text, }
    ShelveAlarm { Required until_at: End, Optional one_shot: Flag, Required reason: Text, }
    TakeOutOfService { Required until_at: End, Required work_order: Text, }
    AssignAlarm { Required to: Text, }
    EscalateAlarm { Optional to: Text, Required reason: Text, }
    FinishStep { Required step: Count, }
    CloseAlarm { Required verdict: Text, Optional note: Text, }
    StartJob {
        Required task: Text, Required reason: Text, Optional first_key: Text, Optional for_s: Number,
        Optional address: Number, Optional baud: Number, Optional image: Text, Optional allow_downgrade: Flag,
    }
    Locate {
        Optional rack: Text, Optional door: Text, Optional grant: Text, Optional ticket: Text, Optional for_s: Number,
        Required reason: Text,
    }
    ScanBus { Optional speeds: Numbers, Required reason: Text, }
    TraceBus { Optional for_s: Number, Required reason: Text, }
    CreateOperator { Required name: Text, Required role: Text, Optional organisation: Text, }
    ChangeOperator { Optional role: Text, Optional organisation: Text, Required reason: Text, }
    BindProvider { Required subject: Text, Required reason: Text, }
    BindCertificate { Optional fingerprint: Text, Optional subject: Text, Required to_at: End, Required reason: Text, }
    CreateToken {
        Optional owner: Text, Required permissions: Texts, Optional from_at: Time, Required to_at: End,
        Required reason: Text,
    }
    Confirm { Optional not_after_at: Time, }
    NewLink { Optional role: Text, Optional organisation: Text, Optional operator: Text, }
    SignIn { Required name: Text, Required password: Text, Required code: Text, }
    StepUp { Optional password: Text, Optional code: Text, Optional handle: Text, Optional answer: Text, }
    BeginDevice { Optional client_name: Text, Optional way: Text, }
    FetchDevice { Required device_code: Text, Optional grant_type: Text, }
    OwnPassword { Required password: Text, }
    OwnCode { Required code: Text, }
    PasskeyAnswer { Required handle: Text, Required answer: Text, }
    SetupBegin { Required ticket: Text, Optional name: Text, }
    SetupAnswer { Required ticket: Text, Optional name: Text, Required handle: Text, Required answer: Text, }
    StartMuster { Required kind: Text, Required area: Text, Required reason: Text, }
    MusterMark {
        Required person: Text, Required status: Text, Optional where: Text, Optional note: Text, Optional at: Time,
    }
    MarkMuster { Required marks: List(MusterMark), }
    EndMuster { Required report: Text, }
    FindVisitor { Required name: Text, Optional company: Text, Required area: Text, }
    EnterVisitor {
        Required name: Text, Optional company: Text, Required host: Text, Required area: Text, Required reason: Text,
        Required until_at: End,
    }
    NoteShift { Required note: Text, }
    RejectShift { Required note: Text, }
    CarryOutChanges { Required reason: Text, Optional base_generation: Number, Required changes: Objects, }
    TryChanges {
        Optional from_at: Time, Optional reason: Text, Optional changes: Objects, Optional objects: Objects,
        Optional prune: Flag, Optional adopt: Flag,
    }
    Unread { Optional kind: Text, Optional name: Text, }
    PlanFiles {
        Required objects: Objects, Optional prune: Flag, Optional adopt: Flag, Optional unread: List(Unread),
    }
    ApplyFiles {
        Required objects: Objects, Optional prune: Flag, Optional adopt: Flag, Required base_generation: Number,
        Optional digest: Text, Optional policy_version: Number, Optional max_deletes: Number, Optional confirm: Text,
        Required reason: Text,
    }
    EndOne {
        Optional grant: Text, Optional agreement: Text, Optional profile: Text, Optional schedule: Text, Optional calendar: Text,
        Required reason: Text,
    }
    ReplayWebhook { Optional from: Number, Optional to: Number, }
}

/// What only needs a reason: `POST /api/v1/people/{id}/disable` and `.../enable`, `/api/v1/grants/{id}/approve`, `deny`
/// and `revoke`, `/api/v1/agreements/{id}/end`, `DELETE /api/v1/profiles/{name}` and what is under `/api/v1/account/factors`, `POST /api/v1/devices/{device}/enrol` and
/// `.../certificates/revoke`, `POST /api/v1/canaries`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// A body with nothing in it: `POST /api/v1/credentials/{id}/end-lockout`, and some answers.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Nothing {}

/// An answer that says only that it was done.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Done {
    /// What it was done to.
    pub id: String,
}
