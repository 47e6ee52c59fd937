//! The kinds of alarm there are: one row each, with what it is, its priority, its word and how sentences say it. What to do about each is
//! `alarm/procedure.rs`.

use super::Priority;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $priority:ident $word:literal $words:literal;)*) => {
        /// The condition an alarm stands for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AlarmKind { $($(#[$doc])* $kind),* }

        impl AlarmKind {
            /// Every kind, in the order of the journal's numbers.
            pub const ALL: [Self; [$(Self::$kind),*].len()] = [$(Self::$kind),*];

            /// The standing priority of the condition. It is that of `alarms.md` and `console.md` B.2, row by row, except where a test
            /// of the two tables says why not (`tests/it/alarms/priorities.rs`). Two of the exceptions are choices:
            ///
            /// - an install mode that an operator opened is P3, not critical: it is one device, for minutes, and somebody stands there.
            ///   One that nobody ordered shows as a device that offers the published key, which is [`Self::DeviceSecurity`], P1;
            /// - where the two tables differ, the longer one names what must be done at once and the shorter one the steps of a desk:
            ///   a clock of a device is P2, because rights on it go by it, that of the site P3.
            pub const fn priority(self) -> Priority {
                match self { $(Self::$kind => Priority::$priority),* }
            }

            /// The word for it in the API and on screens.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$kind => $word),* }
            }

            /// The condition in words, for sentences.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$kind => $words),* }
            }
        }
    };
}

kinds! {
    /// A door opened with no grant, exit request or key.
    DoorForced P1 "door_forced_open" "door forced open";
    /// A rack door or its handle was moved with no grant and no key.
    HandleForced P1 "handle_forced" "rack handle forced";
    /// A door is about to be open too long.
    HeldPreAlarm P4 "door_held_pre_alarm" "door must close soon";
    /// A door is open too long.
    HeldOpen P2 "door_held_open" "door open too long";
    /// The mechanical key was used with no command.
    KeyOverride P2 "key_override" "mechanical key used";
    /// The rack door is shut but its handle is up.
    NotLatched P3 "closed_not_latched" "closed but not latched";
    /// The handle is seated although the door is open.
    LatchTamper P3 "latch_tamper" "handle seated on an open door";
    /// The lock did not return to locked.
    FailedToLock P2 "failed_to_lock" "lock did not lock";
    /// The lock did not release.
    FailedToUnlock P2 "failed_to_unlock" "lock did not release";
    /// A device's cover or mounting was opened.
    Tamper P1 "tamper" "device opened";
    /// A device does not answer.
    DeviceOffline P2 "device_offline" "device does not answer";
    /// A device's supply is out of range.
    PowerFault P3 "power_fault" "supply out of range";
    /// A device broke a security rule: wrong key, replay, forged frames.
    DeviceSecurity P1 "device_security" "device broke a security rule";
    /// A perimeter zone was crossed.
    Intrusion P1 "intrusion" "perimeter crossed";
    /// A credential reported stolen was presented.
    StolenCredential P1 "stolen_credential" "stolen credential presented";
    /// The journal cannot be written: nobody is admitted until it can.
    JournalUnwritable P1 "journal_unwritable" "journal cannot be written";
    /// An admission with the duress PIN; nothing at the door shows it.
    Duress P1 "duress" "admitted under duress";
    /// A credential was locked out after wrong tries.
    Lockout P3 "credential_locked_out" "credential locked out after wrong tries";
    /// Somebody entered again without having left.
    PassbackViolation P3 "passback" "entered again without having left";
    /// A card was used where its holder cannot be.
    ImpossiblePassage P2 "impossible_passage" "card used where its holder cannot be";
    /// Somebody is alone where nobody may be.
    TwoPersonViolation P2 "two_person_violation" "somebody is alone where nobody may be";
    /// Two doors of an interlock are open at once.
    InterlockViolation P2 "interlock_violation" "two doors of an interlock are open";
    /// The fire input is active: egress doors are released.
    FireRelease P1 "fire_release" "fire: egress doors are released";
    /// An area is locked down.
    Lockdown P1 "lockdown" "locked down";
    /// Somebody took an emergency right.
    BreakGlass P1 "break_glass" "emergency right taken";
    /// An emergency right was not reviewed in time.
    ReviewOverdue P2 "review_overdue" "emergency right not reviewed in time";
    /// A stored record could not be read; what it governs is closed.
    RecordDamaged P1 "record_damaged" "stored record cannot be read";
    /// A door stands open on a right that has ended.
    OpenPastGrant P2 "open_past_grant" "door open past the right to it";
    /// Another device proves a device's key: nothing it says is believed until somebody accepts it.
    DeviceReplaced P2 "device_replaced" "another device answers in its place";
    /// A device's firmware changed and no job of ours did it.
    FirmwareChanged P3 "firmware_changed" "firmware changed without a job of ours";
    /// A device is being given its first key: its install mode is open.
    Commissioning P3 "commissioning" "install mode open";
    /// A supervised input of a device is short, cut or off its band.
    InputFault P2 "input_fault" "input cut, bridged or off its band";
    /// Something is wrong with the line to a device that is no attack by itself.
    LineTrouble P3 "line_trouble" "trouble on the line";
    /// A device may still open for a card whose right was taken away.
    RevocationPending P1 "revocation_pending" "a right that was taken away may still open here";
    /// A device holds other rights than it should.
    RightsDrift P2 "rights_drift" "holds other rights than it should";
    /// A device would open for a card that nobody has.
    CanaryFailed P1 "canary_failed" "did not refuse a card that nobody has";
    /// A device on its own opened for a card whose right had been taken away.
    RevokedUse P1 "revoked_use" "opened on its own for a right that was taken away";
    /// The clock of a device is too far off.
    ClockDrift P2 "clock_drift" "clock too far off";
    /// A certificate of a device comes to its end and was not renewed.
    CertificateExpiring P4 "certificate_expiring" "certificate comes to its end";
    /// A device failed its own test at power-up.
    SelfTestFailed P2 "self_test_failed" "failed its own test";
    /// The motor of a lock stalled.
    SlideStalled P2 "slide_stalled" "motor of the slide stalled";
    /// The slide of a lock travels longer and longer.
    SlideSlow P4 "slide_slow" "slide travels longer and longer";
    /// It is too hot, too cold or too damp at a device.
    ClimateFault P3 "climate_fault" "too hot, too cold or too damp";
    /// A door was released three times in a row and not opened.
    NotOpenedAgain P4 "not_opened_again" "released three times and not opened";
    /// A rack was opened at a side that the right at its other side does not cover.
    WrongSide P2 "wrong_side" "opened at the side that the right does not cover";
    /// Wrong codes were tried for the enrolment of a device.
    EnrolmentGuessed P1 "enrolment_guessed" "wrong enrolment codes were tried";
    /// A device starts again and again without a cause.
    UnexplainedReboots P3 "unexplained_reboots" "starts again and again";
    /// A device is trusted less than its area asks, so it opens no door alone.
    GradeTooLow P3 "grade_too_low" "trusted less than its area asks";
    /// A device has room for fewer cards than have a right at its door: it decides online only.
    RightsTooMany P2 "rights_too_many" "has too little room for its rights list";
    /// Every device of one line is away at once: the bus, its cable or the broker is lost.
    LineLost P2 "line_lost" "line is lost";
    /// Many were refused at one point within a short time.
    RepeatedDenials P2 "repeated_denials" "many refused within two minutes";
    /// Too many tries to sign in as an operator failed.
    OperatorLockedOut P3 "operator_locked_out" "operator locked out";
    /// What is sent out of the site does not arrive.
    SinkFailing P3 "sink_failing" "messages out of the site do not arrive";
    /// Somebody signed in by a link of nobody's although the site has operators.
    EmergencySignIn P2 "emergency_sign_in" "signed in by a link of nobody's";
    /// A session was used from elsewhere than it was opened at, and ended for it.
    SessionMoved P3 "session_moved" "session used from elsewhere";
    /// The clock of this site was set, or differs from those of most devices.
    SiteClockOff P3 "site_clock_off" "clock of the site set or wrong";
    /// The supply of a device has been out of range for so long that a battery will not last.
    SupplyFailing P2 "supply_failing" "supply out of range for long";
    /// More people are in an area than may be.
    AreaOverfull P3 "area_overfull" "more people inside than may be";
    /// Operators unlocked or opened many doors within a short time.
    MassUnlock P3 "mass_unlock" "many doors unlocked by operators";
    /// An operator was given rights that they did not have.
    RightsRaised P3 "operator_rights_raised" "operator given more rights";
    /// Credentials of people who were here of late come to their end. Of the site it stands for all of them, of a credential it
    /// is counted behind that.
    CredentialExpiring P4 "credential_expiring" "credentials come to their end";
    /// The disk with the journal is filling.
    StorageFilling P2 "storage_filling" "disk of the journal is filling";
    /// People are in danger and are being counted.
    Muster P1 "muster" "people are being counted";
    /// A visitor should have left by now, or their host has.
    VisitorOverdue P3 "visitor_overdue" "visitor should have left";
    /// An access review ends soon, and lines of it are undecided.
    ReviewEnding P4 "review_ending" "access review ends with lines undecided";
    /// The query of an alert matched what happened; the alert is P2. Each priority is a kind, so that a priority stands with the
    /// kind here as well: an alert never changes its own.
    AlertHigh P2 "alert_high" "alert of high priority matched";
    /// The same of one that is P3.
    AlertMedium P3 "alert_medium" "alert matched";
    /// The same of one that is P4.
    AlertLow P4 "alert_low" "alert of low priority matched";
    /// An alert matches so often that its matches are only counted.
    AlertOverRate P3 "alert_over_rate" "alert matches too often and is only counted";
    /// An alert ends soon.
    AlertEnding P4 "alert_ending" "alert ends soon";
    /// The query of an alert means nothing at this site any more, so it matches nothing.
    AlertVoid P3 "alert_void" "alert asks for what there is not";
    /// A camera does not answer whose pictures a case would rest on.
    EvidenceCameraLost P2 "evidence_camera_lost" "camera of evidence does not answer";
    /// A camera does not answer.
    CameraLost P3 "camera_lost" "camera does not answer";
}
