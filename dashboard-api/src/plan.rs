//! Floor plans: what of an uploaded drawing is shown, and the drawing that a site has without anybody's. An uploaded SVG is read
//! (`plan/xml.rs`), and what stands in the table of elements and attributes (`plan/values.rs`) is written anew
//! (`plan/drawing.rs`); nothing is copied. The drawing of an area from its doors is `plan/generated.rs`. Pure.
//!
//! Vocabulary: a *place* is the path of an area, row, rack or door; an element *shows* a place where it names it itself, or where
//! somebody has bound it to one; a *rendering* is a drawing with what is bound.

mod drawing;
mod generated;
mod values;
mod xml;

pub use drawing::{Drawing, Element, PLAN_MAX_BYTES, PROBLEMS_MAX_COUNT, Problem, drawn, rendered};
pub use generated::{Facing, generated, home_of, is_part, rack_of, row_of};

use sha2::{Digest as _, Sha256};

use crate::backend::{Pending, Unavailable};

/// By what a drawing is kept: SHA-256 of its text.
pub fn digest_of(svg: &str) -> [u8; 32] {
    Sha256::digest(svg.as_bytes()).into()
}

/// Where drawings are kept, each under its digest.
pub trait Drawings: Send + Sync + 'static {
    /// Keeps a drawing. Of those that no plan shows any more (`in_use` has the others) the oldest may go.
    fn keep(&self, svg: String, in_use: Vec<[u8; 32]>) -> Pending<Result<(), Unavailable>>;

    /// The drawing with this digest; `None` where there is none, or it was changed.
    fn load(&self, digest: [u8; 32]) -> Pending<Result<Option<Vec<u8>>, Unavailable>>;
}
