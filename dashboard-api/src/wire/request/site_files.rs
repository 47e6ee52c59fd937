//! Bodies about site files: the objects, and how they are to be compared with what there is.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// `POST /api/v1/site-files/plan`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PlanFiles {
    /// The objects of all files.
    #[schema(value_type = Vec<Object>)]
    pub objects: Vec<Map<String, Value>>,
    /// Whether what files look after and no object says any more goes; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<bool>,
    /// Whether what has a name of an object's is taken over; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<bool>,
    /// Objects of the same files that could not be read. With any, nothing is planned: what is wrong with the others is told,
    /// and names of these are taken for known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

/// An object that could not be read, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SiteFileUnread)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// Its kind; any if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its name; any if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// `POST /api/v1/site-files/apply`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ApplyFiles {
    /// The objects of all files.
    #[schema(value_type = Vec<Object>)]
    pub objects: Vec<Map<String, Value>>,
    /// Whether what files look after and no object says any more goes; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<bool>,
    /// Whether what has a name of an object's is taken over; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<bool>,
    /// The generation of rights on which the plan rests; if it has moved since, nothing is done.
    pub base_generation: u64,
    /// The digest of the plan; the objects must be those that it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The version of the rules by which the plan was made; if the daemon has others, nothing is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<u64>,
    /// How many rights or objects may be deleted; 5 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_deletes: Option<u64>,
    /// The name of the site, which lets more be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}
