//! What to do about each kind of alarm, step by step, for whoever sees it. Which alarms exist is `alarm.rs`; which steps of
//! one were done is in its life (`alarm/life.rs`).

use super::AlarmKind;

impl AlarmKind {
    /// What to do about it, as the steps of a procedure, in order; never empty, at most [`MAX_STEPS`](Self::MAX_STEPS).
    pub const fn steps(self) -> &'static [&'static str] {
        match self {
            Self::DoorForced => &[
                "Look at the door now, by camera or on foot.",
                "Call the police if someone is inside without right.",
                "Have the door closed and see that it locks.",
            ],
            Self::HandleForced => {
                &["Send someone to the rack.", "Compare with the work in progress there.", "Have the handle seated."]
            }
            Self::HeldPreAlarm => &["Ask whoever holds the door to close it."],
            Self::HeldOpen => &["Have the door closed.", "If it will not close, post a guard.", "Report the defect."],
            Self::KeyOverride => &["Find out who holds the key and why.", "Open a case."],
            Self::NotLatched => &["Have the handle pushed home."],
            Self::LatchTamper => &["Inspect the latch: the handle says seated while the door is open."],
            Self::FailedToLock => &[
                "Close the door by hand and check the lock.",
                "Post a guard until it holds.",
                "Have the lock repaired.",
            ],
            Self::FailedToUnlock => &["Let the person in another way.", "Have the lock repaired."],
            Self::Tamper => &["Inspect the device on site before trusting it again."],
            Self::DeviceOffline => &["Check power and cable.", "Guard the door until the device answers."],
            Self::PowerFault => &["Check the supply and its battery."],
            Self::DeviceSecurity => &[
                "Treat the line as attacked: inspect device and cable before trusting either.",
                "Give the device a new key if it was reset.",
            ],
            Self::Intrusion => &["Look at the perimeter, by camera or on foot."],
            Self::StolenCredential => &["Hold whoever presented it.", "Tell the owner."],
            Self::JournalUnwritable => {
                &["Free disk space or repair the disk.", "Until then nobody is admitted; exits still work."]
            }
            Self::Duress => &["Do not call the door.", "Follow the duress plan: the person is under threat."],
            Self::Lockout => &["Ask its holder.", "If it was not them, disable the credential."],
            Self::PassbackViolation => &["Find out who used the card.", "Look at the door camera."],
            Self::ImpossiblePassage => &["Treat the card as copied: find its holder.", "Disable the card."],
            Self::TwoPersonViolation => &["Call the person or send somebody.", "Nobody may be alone there."],
            Self::InterlockViolation => &["Look at the doors.", "Have one closed."],
            Self::FireRelease => &["Follow the fire plan.", "Guard the released doors."],
            Self::Lockdown => &["Follow the lockdown plan.", "Release the area when it is over."],
            Self::BreakGlass => &["Ask why.", "Review it."],
            Self::ReviewOverdue => &["Review it now."],
            Self::RecordDamaged => &[
                "See which record it is: rackward event search type:record.damaged, and rackward audit verify.",
                "Make the record anew or restore a backup.",
                "Find out what damaged it.",
            ],
            Self::OpenPastGrant => &["Send the person out.", "Close the door."],
            Self::DeviceReplaced => {
                &["Ask who exchanged the device and look at it on site.", "Accept it, or put the old one back."]
            }
            Self::FirmwareChanged => {
                &["Ask the maintainer who updated the device.", "If nobody did, take it out of use."]
            }
            Self::Commissioning => {
                &["See that somebody you know stands at the device.", "Stop the job if nobody does."]
            }
            Self::InputFault => &["Inspect the input's cable and sensor on site: somebody may have cut or bridged it."],
            Self::LineTrouble => &["Look for loose plugs, a wrong speed, or a second device with the same address."],
            Self::RevocationPending => &[
                "Take the handle out of use or post a guard until the time it names.",
                "See what keeps the device from answering.",
            ],
            Self::RightsDrift => &["Find out who gave the device these rights; it was sent the right ones again."],
            Self::CanaryFailed => {
                &["Guard the door: the device does not refuse what it must refuse.", "Take it out of use."]
            }
            Self::RevokedUse => &[
                "Go to the rack: somebody without right opened it.",
                "Look at the camera for the time of the opening.",
            ],
            Self::ClockDrift => {
                &["Set the clock of the device, or mend its time server: times of events and of rights depend on it."]
            }
            Self::CertificateExpiring => {
                &["See why the device does not renew.", "Enrol it again before the day it names."]
            }
            Self::SelfTestFailed => &["Have the device looked at; its parts that failed are in its details."],
            Self::SlideStalled => &["Close the door by hand.", "Look for what blocks the slide."],
            Self::SlideSlow => &["Plan maintenance: a slide that slows down will stall."],
            Self::ClimateFault => &["Check the air where the device is."],
            Self::NotOpenedAgain => &["Try the handle: its latch or slide may stick."],
            Self::WrongSide => &["Ask whoever works there; the right is for the other side only."],
            Self::EnrolmentGuessed => {
                &["Find out who tries.", "The code is void: make a new one when you stand at the device."]
            }
            Self::UnexplainedReboots => &["Check its supply.", "Look at it: somebody may have it open."],
            Self::GradeTooLow => &["See what lowers its grade.", "Mend that."],
            Self::RightsTooMany => &[
                "Give fewer people a right at this door, or a device with more room.",
                "Until then it opens for nobody when its link is lost.",
            ],
            Self::LineLost => &[
                "Check the line: its plugs, its gateway or port, the broker.",
                "Guard the doors behind it until their devices answer: they are counted here.",
            ],
            Self::RepeatedDenials => {
                &["Look at the point, by camera or on foot.", "If it is one person, ask them what they want."]
            }
            Self::OperatorLockedOut => &["Ask the operator whether it was them.", "If it was not, find out who tries."],
            Self::EvidenceCameraLost => &[
                "Have somebody watch the place until the camera answers.",
                "See whether the camera, its recorder or the network is away.",
                "Note the time without pictures.",
            ],
            Self::CameraLost => &["See whether the camera, its recorder or the network is away."],
            Self::SinkFailing => &["See why the target does not answer.", "Nothing is lost: it is sent when it does."],
            Self::EmergencySignIn => {
                &["Find out who made the link and why no operator could sign in.", "End that session if nobody knows."]
            }
            Self::SessionMoved => &[
                "Ask the operator where they were.",
                "If it was not them, end their sessions and change what they sign in with.",
            ],
            Self::SiteClockOff => &[
                "Compare the clock of this machine with another one: schedules, rights and the journal go by it.",
                "Mend its time source; find out who set it if nobody says so.",
            ],
            Self::SupplyFailing => {
                &["Send somebody with a battery or to the mains before the device stops.", "Guard the door if it does."]
            }
            Self::AreaOverfull => &[
                "Ask who is inside and have as many leave as are too many.",
                "If fewer are there, forgive those who left unseen.",
            ],
            Self::MassUnlock => &[
                "Find out who ordered it and why: the orders are in the journal.",
                "Lock the doors again that nobody can explain.",
            ],
            Self::RightsRaised => {
                &["Ask who decided it.", "If nobody did, disable that operator and whoever gave them the rights."]
            }
            Self::CredentialExpiring => &[
                "Ask the holders of the credentials counted here whether they still need them, and give them new ones before the end.",
            ],
            Self::StorageFilling => &[
                "Find out what fills the disk, and free space or give it a larger one.",
                "Once it is full nobody is admitted.",
            ],
            Self::VisitorOverdue => {
                &["Ask the host where the visitor is.", "Let the visitor go, or enter the visit anew for longer."]
            }
            Self::ReviewEnding => &[
                "Ask whoever is to decide: rackward review list says of what.",
                "What nobody decides until the review is due ends as the review says.",
            ],
            // What the alert itself says takes the place of this where it is known (`wire/alarm.rs`).
            Self::AlertHigh | Self::AlertMedium | Self::AlertLow => &["Do what the alert says of what it matched."],
            Self::AlertOverRate => &[
                "Look at what it matched: rackward alert show tells its query.",
                "End it and make a narrower one; until then what it matches is only counted.",
            ],
            Self::AlertVoid => &[
                "Read its query: rackward alert show tells it, and a place it names may be gone from the site file.",
                "End it and make it anew with what there is.",
            ],
            Self::AlertEnding => &["Ask its owner whether it is still needed, and make it anew if it is."],
            Self::Muster => &[
                "Send somebody to the assembly point with the list, and mark who is seen.",
                "Tell the fire brigade who is missing and where they were last.",
                "End the muster with a report once everybody is accounted for.",
            ],
        }
    }

    /// The most steps that a procedure has: as many as there are bits for those that were done.
    pub const MAX_STEPS: usize = 32;

    /// What to do about it, in a few sentences.
    pub fn response(self) -> String {
        self.steps().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alarm_says_what_to_do_about_it() {
        for kind in AlarmKind::ALL {
            let steps = kind.steps();
            assert!((1..=AlarmKind::MAX_STEPS).contains(&steps.len()), "{kind:?}");
            for step in steps {
                assert!(step.len() > 6 && step.ends_with('.'), "{kind:?}: {step}");
            }
        }
    }
}
