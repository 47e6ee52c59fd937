//! Rego, compiled for the virtual machine of regorus; one machine is kept with program and data loaded, as its own
//! benchmarks of hot evaluation do. The data document is keyed by what a decision looks up, so nothing is searched.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Rc, Value};

use crate::decider::{Decider, Detail};
use crate::reference::Answer;
use crate::site::{CardState, Person, Request, Site, Status};

const ENTRY_POINT: &str = "data.site.answer";

const POLICY: &str = r#"
package site

import rego.v1

answer := "unknown_card" if {
	not data.cards[input.card]
} else := "disabled" if {
	not data.cards[input.card].usable
} else := "disabled" if {
	not data.cards[input.card].enabled
} else := "admit" if {
	holds
} else := "not_now" if {
	named
} else := "no_right"

holds if {
	some profile, schedule in data.doors[input.door]
	validity := data.cards[input.card].member[profile]
	validity[0] <= input.now
	input.now < validity[1]
	some window in data.schedules[schedule]
	window[0] <= input.minute
	input.minute < window[1]
}

named if {
	some profile, _ in data.doors[input.door]
	data.cards[input.card].member[profile]
}
"#;

/// A machine with policy and site loaded.
pub struct CompiledRego {
    machine: RegoVM,
    names: [Value; 4],
}

impl fmt::Debug for CompiledRego {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CompiledRego(..)")
    }
}

impl CompiledRego {
    /// Compiles the policy and loads the site.
    ///
    /// # Errors
    /// The policy does not compile.
    pub fn load(site: &Site) -> Result<Self> {
        let mut engine = Engine::new();
        engine.add_policy("site.rego".into(), POLICY.into()).context("read the policy")?;
        let entry_point: Rc<str> = ENTRY_POINT.into();
        let policy = engine.compile_with_entrypoint(&entry_point).context("compile the policy")?;
        let program = Compiler::compile_from_policy(&policy, &[ENTRY_POINT]).context("compile for the machine")?;
        let mut machine = RegoVM::new();
        machine.load_program(program);
        machine.set_data(data(site)).context("load the site")?;
        Ok(Self { machine, names: ["card", "door", "now", "minute"].map(Value::from) })
    }
}

impl Decider for CompiledRego {
    fn detail(&self) -> Detail {
        Detail::Reasons
    }

    fn decide(&mut self, request: &Request) -> Result<Answer> {
        let values = [
            card_name(request.card),
            number_name(request.door),
            Value::from(request.at),
            Value::from(i64::from(request.minute)),
        ];
        let input: BTreeMap<Value, Value> = self.names.iter().cloned().zip(values).collect();
        self.machine.set_input(Value::from(input));
        let answer = self.machine.execute()?;
        Ok(match answer.as_string()?.as_ref() {
            "admit" => Answer::Admit,
            "unknown_card" => Answer::UnknownCard,
            "disabled" => Answer::Disabled,
            "no_right" => Answer::NoRight,
            "not_now" => Answer::NotNow,
            other => bail!("the policy has no answer {other}"),
        })
    }
}

fn card_name(card: u64) -> Value {
    Value::from(format!("{card:016x}"))
}

fn number_name(number: u32) -> Value {
    Value::from(number.to_string())
}

/// The data document. Names that many share are made once.
fn data(site: &Site) -> Value {
    let profiles: Vec<Value> = (0..site.profiles.len() as u32).map(number_name).collect();
    let schedules: Vec<Value> = (0..site.schedules.len() as u32).map(number_name).collect();
    let mut doors: BTreeMap<Value, BTreeMap<Value, Value>> = BTreeMap::new();
    for (policies, profile) in site.profiles.iter().zip(&profiles) {
        for (door, schedule) in policies {
            let named = doors.entry(number_name(*door)).or_default();
            named.insert(profile.clone(), schedules[usize::from(*schedule)].clone());
        }
    }
    let doors: BTreeMap<Value, Value> = doors.into_iter().map(|(door, named)| (door, Value::from(named))).collect();
    let pair = |(from, to): (i64, i64)| Value::from(vec![Value::from(from), Value::from(to)]);
    let windows = site.schedules.iter().map(|windows| {
        Value::from(windows.iter().map(|(from, to)| pair((i64::from(*from), i64::from(*to)))).collect::<Vec<_>>())
    });
    let openings: BTreeMap<Value, Value> = schedules.iter().cloned().zip(windows).collect();
    let names = ["usable", "enabled", "member"].map(Value::from);
    let card = |person: &Person| {
        let member: BTreeMap<Value, Value> =
            person.memberships.iter().map(|m| (profiles[m.profile as usize].clone(), pair((m.from, m.to)))).collect();
        let usable = Value::from(person.card_state == CardState::Usable);
        let values = [usable, Value::from(person.status == Status::Enabled), Value::from(member)];
        let document: BTreeMap<Value, Value> = names.iter().cloned().zip(values).collect();
        (card_name(person.card), Value::from(document))
    };
    let cards: BTreeMap<Value, Value> = site.people.iter().map(card).collect();
    let all = [("cards", cards), ("doors", doors), ("schedules", openings)];
    Value::from(
        all.into_iter().map(|(name, value)| (Value::from(name), Value::from(value))).collect::<BTreeMap<_, _>>(),
    )
}
