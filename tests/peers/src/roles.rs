//! Casbin: role-based access as its documentation has it. Cards have profiles as roles, each policy line is a profile, a
//! door and the windows of its schedule, and the matcher asks what is cheapest first.
//!
//! A role has no dates and no state, so whoever loads it leaves out memberships that do not hold today and everything of
//! lost cards and suspended people; that changes at midnight only, so answers are the same.

use std::fmt;

use anyhow::{Context, Result};
use casbin::function_map::OperatorFunction;
use casbin::prelude::{CoreApi, DefaultModel, Enforcer, MgmtApi, NullAdapter};

use crate::decider::{Decider, Detail};
use crate::reference::Answer;
use crate::site::{CardState, Request, Site, Status};

const MODEL: &str = "
[request_definition]
r = sub, obj, minute

[policy_definition]
p = sub, obj, windows

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.obj == p.obj && g(r.sub, p.sub) && within(p.windows, r.minute)
";

/// An enforcer with model and site loaded.
pub struct Casbin(Enforcer);

impl fmt::Debug for Casbin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Casbin(..)")
    }
}

impl Casbin {
    /// Loads the site.
    ///
    /// # Errors
    /// Casbin refuses the model or a line.
    pub fn load(site: &Site) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().context("start a runtime")?;
        runtime.block_on(async {
            let model = DefaultModel::from_str(MODEL).await.context("read the model")?;
            let mut enforcer = Enforcer::new(model, NullAdapter).await?;
            enforcer.enable_auto_build_role_links(false);
            enforcer.enable_auto_save(false);
            enforcer.add_function(
                "within",
                OperatorFunction::Arg2(|windows, minute| {
                    let minute = minute.as_int().unwrap_or(-1);
                    windows.into_string().is_ok_and(|windows| is_within(&windows, minute)).into()
                }),
            );
            enforcer.add_policies(lines(site)).await?;
            enforcer.add_grouping_policies(roles(site)).await?;
            enforcer.build_role_links()?;
            Ok(Self(enforcer))
        })
    }
}

impl Decider for Casbin {
    fn detail(&self) -> Detail {
        Detail::AdmitOrNot
    }

    fn decide(&mut self, request: &Request) -> Result<Answer> {
        let question = (format!("{:016x}", request.card), format!("d{}", request.door), i32::from(request.minute));
        Ok(if self.0.enforce(question)? { Answer::Admit } else { Answer::NoRight })
    }
}

/// Reads `480-1080 1920-2520`. Asked only of lines that name the door and one of the card's roles.
fn is_within(windows: &str, minute: i32) -> bool {
    let window = |text: &str| {
        let (from, to) = text.split_once('-')?;
        Some(from.parse::<i32>().ok()? <= minute && minute < to.parse::<i32>().ok()?)
    };
    windows.split(' ').any(|text| window(text) == Some(true))
}

fn lines(site: &Site) -> Vec<Vec<String>> {
    let windows: Vec<String> = site.schedules.iter().map(|windows| text(windows)).collect();
    let line = |profile: usize, door: u32, schedule: u16| {
        vec![format!("p{profile}"), format!("d{door}"), windows[usize::from(schedule)].clone()]
    };
    let policies = site.profiles.iter().enumerate();
    policies
        .flat_map(|(profile, doors)| doors.iter().map(move |(door, schedule)| (profile, *door, *schedule)))
        .map(|(profile, door, schedule)| line(profile, door, schedule))
        .collect()
}

fn text(windows: &[(u16, u16)]) -> String {
    windows.iter().map(|(from, to)| format!("{from}-{to}")).collect::<Vec<_>>().join(" ")
}

fn roles(site: &Site) -> Vec<Vec<String>> {
    let counts = site.people.iter().filter(|p| p.card_state == CardState::Usable && p.status == Status::Enabled);
    counts
        .flat_map(|person| {
            let held = person.memberships.iter().filter(|membership| membership.holds_today());
            held.map(|membership| vec![format!("{:016x}", person.card), format!("p{}", membership.profile)])
        })
        .collect()
}
