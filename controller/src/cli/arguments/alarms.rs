//! Lines about alarms: seeing them, answering them, putting them aside.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::ListArgs;
use super::figures::{FiguresArgs, PeriodArgs};
use crate::cli::when::parse_span;

/// What can be done with alarms.
#[derive(Debug, Subcommand)]
pub(crate) enum AlarmVerb {
    /// Shows how many alarms there are, how fast they are answered and how that stands against its targets.
    Figures(FiguresArgs),
    /// Lists what other timings of doors would have spared, by replaying what was recorded.
    Proposals(PeriodArgs),
    /// Lists the alarms that still want attention, most urgent first.
    List {
        /// Which alarms; those that are open and not put aside if left out.
        #[arg(long, value_name = "VIEW")]
        view: Option<AlarmView>,
        /// Only these priorities, such as 1,2.
        #[arg(long, value_name = "PRIORITIES")]
        prio: Option<String>,
        /// Only in this area or in an area within it, by path or the end of it.
        #[arg(long, value_name = "AREA")]
        area: Option<String>,
        #[command(flatten)]
        part: ListArgs,
    },
    /// Shows one alarm with its procedure and what it explains.
    Show {
        /// The alarm, such as alm-7.
        alarm: String,
    },
    /// Says "seen, mine"; it never ends the condition.
    Ack {
        /// The alarm, such as alm-7.
        alarm: String,
        /// What you found or will do; P1 and P2 need at least ten characters.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// The revision you have seen, as the list has it; as it stands now, and shown, if left out.
        #[arg(long, value_name = "REVISION")]
        revision: Option<u32>,
    },
    /// Notes something of an alarm.
    Note {
        /// The alarm, such as alm-7.
        alarm: String,
        #[command(flatten)]
        note: Noted,
    },
    /// Gives an alarm to somebody.
    Assign {
        /// The alarm, such as alm-7.
        alarm: String,
        /// An operator by id or name, me, or desk.
        #[arg(long, value_name = "WHO")]
        to: String,
    },
    /// Carries an alarm up, so that more people are called.
    Escalate {
        /// The alarm, such as alm-7.
        alarm: String,
        /// Who is called; the next level if left out.
        #[arg(long, value_name = "LEVEL")]
        to: Option<Level>,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Puts an alarm aside for a while; a critical one takes a second operator.
    Shelve(ShelveArgs),
    /// Brings an alarm back from the shelf.
    Unshelve {
        /// The alarm, such as alm-7.
        alarm: String,
        /// Why; it goes into the journal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Takes what an alarm is about out of service.
    OutOfService(OutOfServiceArgs),
    /// Says that the work is over.
    Return {
        /// The alarm, such as alm-7.
        alarm: String,
    },
    /// Says that a step of the procedure was done.
    Step {
        /// The alarm, such as alm-7.
        alarm: String,
        #[command(flatten)]
        step: StepDone,
    },
    /// Says what an alarm was and puts it away; its condition must be over.
    Close {
        /// The alarm, such as alm-7.
        alarm: String,
        /// What it was.
        #[arg(long, value_name = "VERDICT")]
        verdict: VerdictWord,
        /// What was found.
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// The revision you have seen, as the list has it; as it stands now, and shown, if left out.
        #[arg(long, value_name = "REVISION")]
        revision: Option<u32>,
    },
    /// Shows what happens with alarms as it happens, until Ctrl-C.
    Watch {
        /// Start after this journal sequence number instead of now.
        #[arg(long, value_name = "SEQ")]
        after: Option<u64>,
    },
}

/// What is noted.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("noted").required(true).args(["positional", "note"]))]
pub(crate) struct Noted {
    /// What; --note says the same.
    #[arg(value_name = "NOTE", hide = true)]
    positional: Option<String>,
    /// What.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Noted {
    /// The words, however they were given.
    pub(crate) fn words(&self) -> &str {
        self.note.as_deref().or(self.positional.as_deref()).unwrap_or_default()
    }
}

/// Which step was done.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("done").required(true).args(["positional", "step"]))]
pub(crate) struct StepDone {
    /// Which step, from 1; --step says the same.
    #[arg(value_name = "STEP", hide = true)]
    positional: Option<u16>,
    /// Which step, from 1.
    #[arg(long, value_name = "N")]
    step: Option<u16>,
}

impl StepDone {
    /// The number, however it was given.
    pub(crate) fn number(&self) -> u16 {
        self.step.or(self.positional).unwrap_or_default()
    }
}

/// What is put aside, until when and why.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("end").required(true).args(["lasting", "to"]))]
pub(crate) struct ShelveArgs {
    /// The alarm, such as alm-7.
    pub(crate) alarm: String,
    /// For how long: 10m, 2h.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub(crate) lasting: Option<Duration>,
    /// Until when.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// The end of its condition brings it back as well.
    #[arg(long)]
    pub(crate) one_shot: bool,
    /// Why; it goes into the journal.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// What is taken out of service, until when and by which order.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("end").required(true).args(["lasting", "to"]))]
pub(crate) struct OutOfServiceArgs {
    /// The alarm, such as alm-7.
    pub(crate) alarm: String,
    /// For how long: 8h, 3d.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub(crate) lasting: Option<Duration>,
    /// Until when.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// The work order.
    #[arg(long, value_name = "ORDER")]
    pub(crate) work_order: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        pub(crate) enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// The word in the API.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// A part of all alarms.
    AlarmView {
        /// On the list and not put aside.
        Open "open",
        /// Those whose condition holds.
        Active "active",
        /// Those that you are to answer.
        Mine "mine",
        /// Those whose condition is over.
        Returned "returned",
        /// On the shelf.
        Shelved "shelved",
        /// Out of service.
        OutOfService "out_of_service",
        /// Explained by another alarm.
        Suppressed "suppressed",
        /// Put away within the last day.
        ClosedToday "closed_today",
    }
}

words! {
    /// Who is called.
    Level {
        /// The second desk.
        SecondDesk "second_desk",
        /// The duty manager.
        DutyManager "duty_manager",
        /// Outside: the alarm receiving centre.
        External "external",
        /// The supervisor.
        Supervisor "supervisor",
    }
}

words! {
    /// What an alarm was (the verdicts of OCSF).
    VerdictWord {
        /// There was nothing.
        FalsePositive "false_positive",
        /// It was what it said.
        TruePositive "true_positive",
        /// Not worth a look.
        Disregard "disregard",
        /// Something is odd about it.
        Suspicious "suspicious",
        /// It was so, and no harm in it.
        Benign "benign",
        /// Somebody tried something out.
        Test "test",
        /// Nobody can tell.
        InsufficientData "insufficient_data",
        /// It shows a weakness.
        SecurityRisk "security_risk",
        /// Somebody else deals with it.
        ManagedExternally "managed_externally",
        /// Another alarm stands for it.
        Duplicate "duplicate",
    }
}
