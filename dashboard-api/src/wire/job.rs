//! Words for device work: what is done, how it ended, what its inputs and firmware are like. The same words stand in the
//! API, the stream and the command line.

use rackward_core::engine::input::{Identity, InputFault, LineFault};
use rackward_core::entry::{FirmwareCause, Inspected};
use rackward_core::job::{DeviceTask, FirstKey, JobOutcome, version_text};

use super::sentence::{counted, seconds};

/// The word for a task: `commission`, `roll_key`, `set_line` or `send_firmware`.
pub const fn task_word(task: DeviceTask) -> &'static str {
    match task {
        DeviceTask::Commission { .. } => "commission",
        DeviceTask::RollKey => "roll_key",
        DeviceTask::SetLine { .. } => "set_line",
        DeviceTask::SendFirmware { .. } => "send_firmware",
    }
}

/// What is done, inside a sentence.
pub(crate) fn task_words(task: DeviceTask) -> String {
    match task {
        DeviceTask::Commission { limit, .. } => format!("commissioning within {}", seconds(limit)),
        DeviceTask::RollKey => "a new key".to_owned(),
        DeviceTask::SetLine { address, baud } => format!("a move to address {address} at {baud} bit/s"),
        DeviceTask::SendFirmware { version, .. } => format!("firmware {}", version_text(version)),
    }
}

/// What a device that is commissioned knows: `published` or `from_file`.
pub(crate) const fn first_key_word(first: FirstKey) -> &'static str {
    match first {
        FirstKey::Published => "published",
        FirstKey::FromFile => "from_file",
    }
}

/// The word for how a job ended.
pub const fn outcome_word(outcome: JobOutcome) -> &'static str {
    match outcome {
        JobOutcome::Done => "done",
        JobOutcome::TimedOut => "timed_out",
        JobOutcome::NotInInstallMode => "not_in_install_mode",
        JobOutcome::Refused => "refused",
        JobOutcome::Lost => "lost",
        JobOutcome::NotProven => "not_proven",
        JobOutcome::Stopped => "stopped",
        JobOutcome::Interrupted => "interrupted",
    }
}

/// How a job ended, for the end of a sentence.
pub(crate) const fn outcome_words(outcome: JobOutcome) -> &'static str {
    match outcome {
        JobOutcome::Done => "done",
        JobOutcome::TimedOut => "its time ran out",
        JobOutcome::NotInInstallMode => "the device is not in install mode",
        JobOutcome::Refused => "it was refused",
        JobOutcome::Lost => "the device does not answer",
        JobOutcome::NotProven => "the device took it and then did not prove it",
        JobOutcome::Stopped => "an operator stopped it",
        JobOutcome::Interrupted => "the daemon ended meanwhile, or could not keep what it needs",
    }
}

pub(crate) const fn firmware_cause_word(cause: FirmwareCause) -> &'static str {
    match cause {
        FirmwareCause::Job => "job",
        FirmwareCause::Unasked => "unasked",
    }
}

/// Who changed firmware, for the end of a sentence.
pub(crate) const fn firmware_cause_words(cause: FirmwareCause) -> &'static str {
    match cause {
        FirmwareCause::Job => "as a job of ours sent it",
        FirmwareCause::Unasked => "and no job of ours did it",
    }
}

/// The word for a look at a bus: `trace` or `scan`.
pub(crate) const fn inspected_word(what: Inspected) -> &'static str {
    match what {
        Inspected::Trace => "trace",
        Inspected::Scan => "scan",
    }
}

/// What an operator did with a bus, before its name.
pub(crate) const fn inspected_words(what: Inspected) -> &'static str {
    match what {
        Inspected::Trace => "traced",
        Inspected::Scan => "searched",
    }
}

/// The word for what an input's line is: `short`, `cut`, `off_band` or `fault`.
pub(crate) const fn line_fault_word(fault: LineFault) -> &'static str {
    match fault {
        LineFault::Short => "short",
        LineFault::Cut => "cut",
        LineFault::OffBand => "off_band",
        LineFault::Unspecified => "fault",
    }
}

/// The inputs at fault, for the end of a sentence.
pub(crate) fn fault_words(faults: &[InputFault]) -> String {
    const NAMED: usize = 8;
    if faults.is_empty() {
        return "no input is at fault any more".to_owned();
    }
    let named = faults.iter().take(NAMED).map(|fault| {
        let what = match fault.fault {
            LineFault::Short => "short-circuited",
            LineFault::Cut => "cut",
            LineFault::OffBand => "off its band",
            LineFault::Unspecified => "at fault",
        };
        format!("input {} is {what}", fault.input)
    });
    let mut words = named.collect::<Vec<_>>().join(", ");
    if let Some(more) = faults.len().checked_sub(NAMED).filter(|more| *more > 0) {
        words.push_str(&format!(" and {}", counted(more, "more input")));
    }
    words
}

/// A device as it names itself.
pub(crate) fn identity_words(identity: &Identity) -> String {
    format!("{} with serial number {}", identity.model, identity.serial)
}

/// Who a device should be.
pub(crate) fn expected_words(expected: Option<&Identity>) -> String {
    expected.map_or_else(|| "a device whose record was damaged".to_owned(), identity_words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_as_a_list_that_ends() {
        let check = |count: u8, expect: &str| {
            let faults: Vec<_> = (0..count).map(|input| InputFault { input, fault: LineFault::Cut }).collect();
            assert!(fault_words(&faults).ends_with(expect), "{}", fault_words(&faults));
        };
        check(0, "no input is at fault any more");
        check(2, "input 0 is cut, input 1 is cut");
        check(8, "input 7 is cut");
        check(9, "input 7 is cut and 1 more input");
        check(12, "input 7 is cut and 4 more inputs");
    }
}
