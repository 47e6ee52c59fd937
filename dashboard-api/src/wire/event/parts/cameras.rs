//! How the values of entries about stills are written. The digest is told whole: it is what a picture is compared with.

use rackward_core::id::{AlarmId, CameraId};
use rackward_core::still::{StillDigest, StillForm, StillMissing};

use super::{Context, Members, Part};
use crate::query::{Field, Mark, Marks};
use crate::wire::names::Places;

impl Part for CameraId {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        members.add(field, Places(context.site).camera(*self));
        members.add(format!("{field}_id"), self.to_string());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        marks.add(Mark::word(Field::Note, &Places(context.site).camera(*self)), context.site);
    }
}

impl Part for Option<AlarmId> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(format!("{field}_id"), self.map(|id| id.to_string()));
    }

    fn mark(&self, field: &str, context: Context<'_>, marks: &mut Marks) {
        self.iter().for_each(|alarm| alarm.mark(field, context, marks));
    }
}

impl Part for StillDigest {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.to_string());
    }
}

impl Part for StillForm {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.media_type());
    }
}

impl Part for StillMissing {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.word());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        marks.add(Mark::word(Field::Reason, self.word()), context.site);
    }
}
