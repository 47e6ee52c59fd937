//! Bodies about musters, visitors and the hand-over. Those that hold a name have no `Debug`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::at::At;

/// `POST /api/v1/musters`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StartMuster {
    /// `drill` or `real`: a real one is a critical alarm while it runs.
    pub kind: String,
    /// Path of the area, or the end of a path that only one area has.
    pub area: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/musters/{id}/marks`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MarkMuster {
    /// What is said of whom, 1 to 2,000 marks, in any order and as often as one likes.
    pub marks: Vec<MusterMark>,
}

/// What is said of somebody on the list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MusterMark {
    /// Of whom, by id: `p-7` or `vis-3`.
    pub person: String,
    /// `missing`, `safe`, `unsure` or `not_on_site`.
    pub status: String,
    /// Where they were seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#where: Option<String>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was true; now if left out. Of two marks the later one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
}

/// `POST /api/v1/musters/{id}/end`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EndMuster {
    /// What there is to report, 1 to 4,000 characters, in one line or several.
    pub report: String,
}

/// `POST /api/v1/musters/{id}/visitors`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct FindVisitor {
    /// What they are called, 1 to 64 characters.
    pub name: String,
    /// For whom they work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Path of the area they were in.
    pub area: String,
}

/// `POST /api/v1/visitors`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct EnterVisitor {
    /// What they are called, 1 to 64 characters.
    pub name: String,
    /// For whom they work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Who answers for them, by id or a part of the name.
    pub host: String,
    /// Path of the area they are in.
    pub area: String,
    /// Why they are here, 1 to 256 characters.
    pub reason: String,
    /// When they are to be gone: a time, or how long from now, such as `PT4H`.
    pub until_at: At,
}

/// `POST /api/v1/shift/note`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NoteShift {
    /// What whoever comes is to know, 1 to 4,000 characters, in one line or several.
    pub note: String,
}

/// `POST /api/v1/shift/reject`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RejectShift {
    /// Why not, 1 to 256 characters.
    pub note: String,
}
