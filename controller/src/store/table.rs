//! The tables of records: their names and the statements on them. All have one shape, a key and a sealed record; what a
//! record says is `rows.rs`, how it is sealed `sealed.rs`. The journal's table is not one of them (`journal.rs`).

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident = $name:literal;)*) => {
        /// A table of records.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Table { $($(#[$doc])* $table),* }

        impl Table {
            /// Every table.
            pub(super) const ALL: &[Self] = &[$(Self::$table),*];

            /// Its name, in the database and wherever a damaged row is named.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$table => $name),* }
            }

            /// The rows from a key on, in order, so many at most.
            pub(super) const fn select_page(self) -> &'static str {
                match self {
                    $(Self::$table => concat!("SELECT id, record FROM ", $name, " WHERE id >= ? ORDER BY id LIMIT ?")),*
                }
            }

            /// The row with a key.
            pub(super) const fn select_one(self) -> &'static str {
                match self { $(Self::$table => concat!("SELECT id, record FROM ", $name, " WHERE id = ?")),* }
            }

            /// Writes a row, whether there was one or not.
            pub(super) const fn put(self) -> &'static str {
                match self { $(Self::$table => concat!("INSERT OR REPLACE INTO ", $name, " (id, record) VALUES (?,?)")),* }
            }

            /// Removes a row.
            pub(super) const fn delete(self) -> &'static str {
                match self { $(Self::$table => concat!("DELETE FROM ", $name, " WHERE id = ?")),* }
            }
        }
    };
}

tables! {
    /// The numbers that must never go back.
    Counters = "counters";
    /// Every place ever named.
    Place = "place";
    /// Persons.
    Person = "person";
    /// Credentials.
    Credential = "credential";
    /// Grants; the singular is a word of SQL.
    Grant = "grants";
    /// Alarms that still want attention.
    Alarm = "alarm";
    /// Alarms that were put away of late.
    ClosedAlarm = "closed_alarm";
    /// What is durable about each door.
    Door = "door";
    /// Who each device is known to be, and the job with it.
    Device = "device";
    /// What each device may open by itself.
    DeviceRights = "device_rights";
    /// The certificates of each device.
    Certificates = "certificates";
    /// The mode each door was put in.
    Mode = "mode";
    /// Access profiles.
    Profile = "profile";
    /// Schedules.
    Schedule = "schedule";
    /// Calendars of special days.
    Calendar = "calendar";
    /// Agreements between organisations.
    Agreement = "agreement";
    /// Floor plans.
    Plan = "plan";
    /// Where people are.
    Presence = "presence";
    /// Credentials locked out, and until when.
    Lockout = "lockout";
    /// Areas locked down.
    Lockdown = "lockdown";
    /// What holds for the whole site.
    Standing = "standing";
    /// Names.
    PersonName = "person_name";
    /// What another register knows persons by, hashed.
    PersonKey = "person_key";
    /// The same as it is written.
    PersonKeyText = "person_key_text";
    /// What an asset register says of racks.
    RackAsset = "rack_asset";
    /// Hashes of the usual PINs.
    Pin = "pin";
    /// Hashes of the duress PINs.
    DuressPin = "duress_pin";
    /// Operators.
    Operator = "operator";
    /// Operators' names.
    OperatorName = "operator_name";
    /// What operators' factors are checked by.
    OperatorSecret = "operator_secret";
    /// Tokens of programs.
    Token = "token";
    /// The highest number of a session ever given.
    LastSession = "last_session";
    /// The highest number of a proposal ever given.
    LastProposal = "last_proposal";
    /// Musters.
    Muster = "muster";
    /// Visitors.
    Visitor = "visitor";
    /// Visitors' names.
    VisitorName = "visitor_name";
    /// Access reviews.
    Review = "review";
    /// The lines of access reviews.
    ReviewLine = "review_line";
    /// Alerts.
    Alert = "alert";
    /// How the desk was handed over last.
    Shift = "shift";
    /// What site files look after.
    FileClaim = "file_claim";
    /// The last apply of site files.
    FilesApplied = "files_applied";
}
