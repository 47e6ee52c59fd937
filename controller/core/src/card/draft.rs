//! A card format as somebody wrote it down, and all that can be wrong with it. Only what is found whole becomes a
//! [`CardFormat`], so that encoding and decoding meet no nonsense.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use super::{BitRange, CardBits, CardField, CardFormat, MAX_CARD_BITS, Positions, Printed};

/// The longest name of a format, in characters.
const MAX_NAME_CHARS: usize = 32;

/// A card format as written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatDraft {
    /// Its name: 1 to 32 small letters, digits and dashes.
    pub name: String,
    /// How many bits its cards have, 1 to [`MAX_CARD_BITS`].
    pub length_bits: u16,
    /// The facility code, if cards have one.
    pub facility: Option<BitRange>,
    /// The issue, if cards have one.
    pub issue: Option<BitRange>,
    /// The number.
    pub number: BitRange,
    /// Bits that are the same on every card.
    pub fixed: Vec<FixedBits>,
    /// Parity bits, in any order.
    pub parity: Vec<Parity>,
    /// Cards that are known to be of this format.
    pub samples: Vec<Sample>,
}

/// Bits that are the same on every card of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedBits {
    /// Their positions.
    pub over: Positions,
    /// Whether they are one; zero otherwise.
    pub one: bool,
}

/// A parity bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parity {
    /// Its position, from 1.
    pub at: u16,
    /// What it makes the count of ones.
    pub kind: ParityKind,
    /// The bits it covers, without itself.
    pub over: Positions,
}

/// What a parity bit makes the count of ones among itself and the bits it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParityKind {
    /// Even.
    Even,
    /// Odd.
    Odd,
}

impl fmt::Display for ParityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Even => "even",
            Self::Odd => "odd",
        })
    }
}

/// A card that is known to be of a format: what a reader sent, and what is printed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What a reader sent.
    pub bits: CardBits,
    /// What is printed on it.
    pub printed: Printed,
}

/// One thing wrong with a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatProblem {
    /// The member that is wrong: `name`, `bits`, `facility`, `issue`, `number`, `fixed`, `parity` or `sample`.
    pub member: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

/// Who says what a bit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Field(CardField),
    Fixed,
    Parity,
}

impl Claim {
    const fn member(self) -> &'static str {
        match self {
            Self::Field(field) => field.word(),
            Self::Fixed => "fixed",
            Self::Parity => "parity",
        }
    }
}

impl FormatDraft {
    /// Where a field stands, if the format has it.
    pub(super) const fn range(&self, field: CardField) -> Option<BitRange> {
        match field {
            CardField::Facility => self.facility,
            CardField::Issue => self.issue,
            CardField::Number => Some(self.number),
        }
    }

    /// The format, ready for use.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with what to do; never an empty list. Samples are tried once the layout
    /// itself is whole.
    pub fn check(&self) -> Result<CardFormat, Vec<FormatProblem>> {
        let mut found = Vec::new();
        self.check_name(&mut found);
        self.check_length(&mut found);
        self.check_widths(&mut found);
        self.check_claims(&mut found);
        self.check_coverage(&mut found);
        let order = self.parity_order(&mut found);
        if !found.is_empty() {
            return Err(found);
        }
        let format = CardFormat { layout: Self { parity: order, ..self.clone() } };
        for (index, sample) in self.samples.iter().enumerate() {
            check_sample(&format, index, sample, &mut found);
        }
        if found.is_empty() { Ok(format) } else { Err(found) }
    }

    fn check_name(&self, found: &mut Vec<FormatProblem>) {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=MAX_NAME_CHARS).contains(&self.name.len()) || !self.name.bytes().all(fits) {
            let message = "the name is not one of a card format".to_owned();
            found.push(FormatProblem {
                member: "name",
                message,
                help: "use small letters, digits and dashes, up to 32",
            });
        }
    }

    fn check_length(&self, found: &mut Vec<FormatProblem>) {
        if self.length_bits == 0 || self.length_bits > MAX_CARD_BITS {
            let message = format!("a card of {} bits is none", self.length_bits);
            found.push(FormatProblem { member: "bits", message, help: "write how many bits a reader sends, 1 to 256" });
        }
    }

    fn check_widths(&self, found: &mut Vec<FormatProblem>) {
        for field in CardField::ALL {
            let Some(range) = self.range(field) else { continue };
            let (width, most) = (range.width_bits(), field.max_bits());
            if width > most {
                let message = format!("a {field} of {width} bits is wider than {most}");
                let help = "name only the bits that are printed on the card, and the others with fixed";
                found.push(FormatProblem { member: field.word(), message, help });
            }
        }
    }

    /// Every position that somebody speaks for, in the order of the members.
    fn claims(&self) -> impl Iterator<Item = (Claim, u16)> {
        let fields = CardField::ALL.into_iter().filter_map(|field| Some((field, self.range(field)?)));
        let fields = fields.flat_map(|(field, range)| range.positions().map(move |at| (Claim::Field(field), at)));
        let fixed = self.fixed.iter().flat_map(|fixed| fixed.over.iter().map(|at| (Claim::Fixed, at)));
        let parity = self.parity.iter().map(|parity| (Claim::Parity, parity.at));
        fields.chain(fixed).chain(parity)
    }

    /// Bits outside the card, and bits that two members speak for. Each pair of members is told once, with all its bits.
    fn check_claims(&self, found: &mut Vec<FormatProblem>) {
        let mut owners: BTreeMap<u16, Claim> = BTreeMap::new();
        let mut outside: BTreeMap<Claim, BTreeSet<u16>> = BTreeMap::new();
        let mut shared: BTreeMap<(Claim, Claim), BTreeSet<u16>> = BTreeMap::new();
        for (claim, at) in self.claims() {
            if at == 0 || at > self.length_bits {
                outside.entry(claim).or_default().insert(at);
            } else if let Some(owner) = owners.get(&at) {
                shared.entry((claim, *owner)).or_default().insert(at);
            } else {
                owners.insert(at, claim);
            }
        }
        for (claim, bits) in outside {
            found.push(outside_card(claim.member(), self.length_bits, &bits));
        }
        for ((claim, owner), bits) in shared {
            let bits = named(&bits.into_iter().collect());
            let (message, help) = match (claim, owner) {
                (Claim::Parity, Claim::Parity) => {
                    (format!("two parity bits stand at {bits}"), "one bit can be one parity only; correct one of them")
                }
                (Claim::Fixed, Claim::Fixed) => (format!("fixed names {bits} twice"), "say once what it is"),
                (claim, owner) => (
                    format!("{} and {} both claim {bits}", owner.member(), claim.member()),
                    "give each bit to one of them; a parity bit is not part of a number",
                ),
            };
            found.push(FormatProblem { member: claim.member(), message, help });
        }
    }

    /// Bits that nobody speaks for, and parities over bits that do not exist, over nothing or over themselves.
    fn check_coverage(&self, found: &mut Vec<FormatProblem>) {
        let claimed: BTreeSet<u16> = self.claims().map(|(_, at)| at).collect();
        let length = self.length_bits.min(MAX_CARD_BITS);
        let silent: Positions = (1..=length).filter(|at| !claimed.contains(at)).collect();
        if !silent.is_empty() {
            let message = format!("no field, fixed bit or parity speaks for {}", named(&silent));
            let help = "add it to a field, or to fixed with the value it has on every card";
            found.push(FormatProblem { member: "bits", message, help });
        }
        for Parity { at, over, .. } in &self.parity {
            let outside: BTreeSet<u16> = over.iter().filter(|at| *at > self.length_bits).collect();
            if !outside.is_empty() {
                found.push(outside_card("parity", self.length_bits, &outside));
            }
            if over.is_empty() {
                let message = format!("the parity at {at} covers no bit");
                found.push(FormatProblem { member: "parity", message, help: "name the bits it covers with over" });
            }
            if over.contains(*at) {
                let message = format!("the parity at {at} covers itself");
                let help = "leave its own place out of over; it always counts itself";
                found.push(FormatProblem { member: "parity", message, help });
            }
        }
    }

    /// The parity bits in an order in which each covers only bits that are settled before it.
    fn parity_order(&self, found: &mut Vec<FormatProblem>) -> Vec<Parity> {
        let mut waiting: Vec<&Parity> = self.parity.iter().collect();
        let mut order: Vec<Parity> = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            // A parity over itself is told elsewhere and must not look like a circle of several.
            let depends = |parity: &Parity, other: &Parity| parity.at != other.at && parity.over.contains(other.at);
            let is_free = |parity: &&Parity| !waiting.iter().any(|other| depends(parity, other));
            let (free, bound): (Vec<&Parity>, Vec<&Parity>) =
                waiting.iter().copied().partition(|parity| is_free(parity));
            if free.is_empty() {
                let bits = named(&bound.iter().map(|parity| parity.at).collect());
                let message = format!("the parities at {bits} cover each other, so that none can be computed first");
                let help = "take one of them out of what the other covers";
                found.push(FormatProblem { member: "parity", message, help });
                break;
            }
            order.extend(free.into_iter().cloned());
            waiting = bound;
        }
        order
    }
}

fn outside_card(member: &'static str, length_bits: u16, bits: &BTreeSet<u16>) -> FormatProblem {
    // Position 0 is no position, so a set of positions would drop it.
    let bits = match bits.first() {
        Some(0) => "bit 0".to_owned(),
        Some(_) | None => named(&bits.iter().copied().collect()),
    };
    let message = format!("a card of {length_bits} bits has no {bits}");
    FormatProblem { member, message, help: "count positions from 1 to the number of bits" }
}

/// `bit 3` or `bits 3-5`.
fn named(positions: &Positions) -> String {
    match positions.iter().nth(1) {
        None => format!("bit {positions}"),
        Some(_) => format!("bits {positions}"),
    }
}

/// What is said of a sample does not repeat its numbers.
fn check_sample(format: &CardFormat, index: usize, sample: &Sample, found: &mut Vec<FormatProblem>) {
    let which = index + 1;
    let mut say = |message: String, help: &'static str| found.push(FormatProblem { member: "sample", message, help });
    match format.decode(&sample.bits) {
        Err(problems) => {
            for problem in problems {
                let problem = problem.to_string();
                let what = problem.split(';').next().unwrap_or_default();
                say(format!("sample {which}: {what}"), "correct the format, or the bits of the sample");
            }
        }
        Ok(printed) => {
            for field in CardField::ALL {
                if printed.value(field) != sample.printed.value(field) {
                    let message = format!("sample {which}: its bits hold another {field} than is written beside them");
                    say(message, "correct where the field stands, or the sample");
                }
            }
        }
    }
}
