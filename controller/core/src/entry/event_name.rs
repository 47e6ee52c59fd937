//! The name under which each kind of entry goes outside: to the stream, to webhooks, to searches. Names may be added,
//! never changed.

use super::{
    AlarmEntry, AlertEntry, CameraEntry, DeskEntry, DeviceEntry, Entry, FilesEntry, OfflineEntry, OperatorEntry,
    PlanEntry, RegisterEntry, ReviewEntry, WebhookEntry,
};

/// From the rows of a kind of entry: the name of each, and all names. Kinds that have rows of their own stand behind an `@`.
macro_rules! event_names {
    ($($kind:pat => $name:literal,)* $(@$nested:pat => $inner:expr,)*) => {
        /// The dotted event name, as the stream, webhooks and searches use it.
        pub const fn event_name(&self) -> &'static str {
            match self {
                $($kind => $name,)*
                $($nested => $inner,)*
            }
        }

        /// Every name that stands here.
        pub(in crate::entry) const EVENT_NAMES: &'static [&'static str] = &[$($name),*];
    };
}

pub(super) use event_names;

impl Entry {
    /// Every name that an entry can have.
    pub fn all_event_names() -> impl Iterator<Item = &'static str> {
        let of_each = [
            Self::EVENT_NAMES,
            DeviceEntry::EVENT_NAMES,
            OfflineEntry::EVENT_NAMES,
            AlarmEntry::EVENT_NAMES,
            OperatorEntry::EVENT_NAMES,
            WebhookEntry::EVENT_NAMES,
            DeskEntry::EVENT_NAMES,
            PlanEntry::EVENT_NAMES,
            RegisterEntry::EVENT_NAMES,
            FilesEntry::EVENT_NAMES,
            ReviewEntry::EVENT_NAMES,
            AlertEntry::EVENT_NAMES,
            CameraEntry::EVENT_NAMES,
        ];
        of_each.into_iter().flatten().copied()
    }

    event_names! {
        Self::Started { .. } => "site.started",
        Self::Stopped => "site.stopped",
        Self::PlaceNamed { .. } => "place.named",
        Self::PersonCreated { .. } => "person.created",
        Self::PersonStatusChanged { .. } => "person.status-changed",
        Self::PinChanged { .. } => "person.pin-changed",
        Self::CredentialAssigned { .. } => "credential.assigned",
        Self::CredentialStateChanged { .. } => "credential.state-changed",
        Self::GrantCreated { .. } => "grant.created",
        Self::GrantRevoked { .. } => "grant.revoked",
        Self::AccessGranted { .. } => "access.granted",
        Self::AccessDenied { .. } => "access.denied",
        Self::FactorAwaited { .. } => "access.factor-awaited",
        Self::AccessTaken { .. } => "access.taken",
        Self::AccessNotTaken { .. } => "access.not-taken",
        Self::ExitReleased { .. } => "door.exit-released",
        Self::OperatorReleased { .. } => "door.operator-released",
        Self::ReleaseWithheld { .. } => "door.release-withheld",
        Self::DoorChanged { .. } => "door.changed",
        Self::CommandDone { .. } => "device.command-done",
        Self::CommandFailed { .. } => "device.command-failed",
        Self::DeviceOnline { .. } => "device.online",
        Self::DeviceOffline { .. } => "device.offline",
        Self::SecurityTroubleSeen { .. } => "device.security-trouble",
        Self::LinkTroubleSeen { .. } => "device.link-trouble",
        Self::ZoneChanged { .. } => "zone.changed",
        Self::AlarmRaised { .. } => "alarm.raised",
        Self::AlarmReturned { .. } => "alarm.returned",
        Self::AlarmAcknowledged { .. } => "alarm.acknowledged",
        Self::JournalRecovered { .. } => "journal.recovered",
        Self::GrantRequested { .. } => "grant.requested",
        Self::GrantApproved { .. } => "grant.approved",
        Self::GrantDenied { .. } => "grant.denied",
        Self::GrantEndChanged { .. } => "grant.end-changed",
        Self::GrantEnded { .. } => "grant.ended",
        Self::TicketClosed { .. } => "ticket.closed",
        Self::BreakGlassReviewed { .. } => "grant.reviewed",
        Self::PersonDetailsChanged { .. } => "person.details-changed",
        Self::DuressPinChanged { .. } => "person.duress-pin-changed",
        Self::CredentialLockedOut { .. } => "credential.locked-out",
        Self::LockoutEnded { .. } => "credential.lockout-ended",
        Self::ScheduleSet { .. } => "schedule.set",
        Self::ScheduleRemoved { .. } => "schedule.removed",
        Self::CalendarSet { .. } => "calendar.set",
        Self::CalendarRemoved { .. } => "calendar.removed",
        Self::ProfileSet { .. } => "profile.set",
        Self::ProfileRemoved { .. } => "profile.removed",
        Self::AgreementMade { .. } => "agreement.made",
        Self::AgreementEnded { .. } => "agreement.ended",
        Self::PresenceChanged { .. } => "presence.changed",
        Self::PresenceForgiven { .. } => "presence.forgiven",
        Self::PassbackViolated { .. } => "access.passback-violated",
        Self::DuressSignalled { .. } => "access.duress",
        Self::CompanionAwaited { .. } => "access.companion-awaited",
        Self::CompanionAdmitted { .. } => "access.companion-admitted",
        Self::DoorModeChanged { .. } => "door.mode-changed",
        Self::AreaLockedDown { .. } => "area.locked-down",
        Self::AreaReleased { .. } => "area.released",
        Self::FireChanged { .. } => "site.fire-changed",
        Self::ThreatLevelChanged { .. } => "site.threat-level-changed",
        Self::OpenUnlocked { .. } => "door.open-unlocked",
        Self::RowDamaged { .. } => "record.damaged",
        @Self::Device(entry) => entry.event_name(),
        @Self::Offline(entry) => entry.event_name(),
        @Self::Alarm(entry) => entry.event_name(),
        @Self::Operator(entry) => entry.event_name(),
        @Self::Webhook(entry) => entry.event_name(),
        @Self::Desk(entry) => entry.event_name(),
        @Self::Plan(entry) => entry.event_name(),
        @Self::Alert(entry) => entry.event_name(),
        @Self::Register(entry) => entry.event_name(),
        @Self::Files(entry) => entry.event_name(),
        @Self::Review(entry) => entry.event_name(),
        @Self::Camera(entry) => entry.event_name(),
    }
}
