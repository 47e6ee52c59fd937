//! The card formats that every site has, as data. Positions count from 1, first sent first, as the makers' data sheets and
//! format guides print them; the layouts are public, and each was compared between at least two independent descriptions
//! and tried on cards whose numbers are known (`tests/it/card.rs`).

use super::{BitRange, CardFormat, FormatDraft, Parity, ParityKind, Positions};

/// One line of the table: what the text of a site file would say.
struct Row {
    name: &'static str,
    bits: u16,
    facility: Option<&'static str>,
    number: &'static str,
    parity: &'static [(u16, ParityKind, &'static str)],
}

use ParityKind::{Even, Odd};

const TABLE: &[Row] = &[
    // The open 26-bit format (SIA AC-01, the reader interface standard of 1996): the first half even, the second odd.
    Row {
        name: "h10301",
        bits: 26,
        facility: Some("2-9"),
        number: "10-25",
        parity: &[(1, Even, "2-13"), (26, Odd, "14-25")],
    },
    // 34 bits as most makers have them (N10002, H10306): twice sixteen bits, a parity for each half.
    Row {
        name: "34-bit",
        bits: 34,
        facility: Some("2-17"),
        number: "18-33",
        parity: &[(1, Even, "2-17"), (34, Odd, "18-33")],
    },
    // 37 bits without a facility code; both parities cover the middle bit.
    Row { name: "h10302", bits: 37, facility: None, number: "2-36", parity: &[(1, Even, "2-19"), (37, Odd, "19-36")] },
    // The same frame with a facility code of sixteen bits.
    Row {
        name: "h10304",
        bits: 37,
        facility: Some("2-17"),
        number: "18-36",
        parity: &[(1, Even, "2-19"), (37, Odd, "19-36")],
    },
    // Corporate 1000, 35 bits: two parities over two of every three bits, and one over everything, which is computed last.
    Row {
        name: "c1000-35",
        bits: 35,
        facility: Some("3-14"),
        number: "15-34",
        parity: &[
            (2, Even, "3-4,6-7,9-10,12-13,15-16,18-19,21-22,24-25,27-28,30-31,33-34"),
            (35, Odd, "2-3,5-6,8-9,11-12,14-15,17-18,20-21,23-24,26-27,29-30,32-33"),
            (1, Odd, "2-35"),
        ],
    },
    // Corporate 1000, 48 bits: the same idea; the last parity does not cover the second bit.
    Row {
        name: "c1000-48",
        bits: 48,
        facility: Some("3-24"),
        number: "25-47",
        parity: &[
            (2, Even, "4-5,7-8,10-11,13-14,16-17,19-20,22-23,25-26,28-29,31-32,34-35,37-38,40-41,43-44,46-47"),
            (48, Odd, "3-4,6-7,9-10,12-13,15-16,18-19,21-22,24-25,27-28,30-31,33-34,36-37,39-40,42-43,45-46"),
            (1, Odd, "2-48"),
        ],
    },
    // Serial numbers as the reader sends them: the first byte that the card gives in anticollision comes first, highest bit
    // first (ISO/IEC 14443-3, clause 6.5.4: 4, 7 or 10 bytes; ISO/IEC 15693-3, clause 4.1, and other cards: 8 bytes).
    // Readers that turn the bytes around send another number; enrol what the reader sends.
    Row { name: "csn-4", bits: 32, facility: None, number: "1-32", parity: &[] },
    Row { name: "csn-7", bits: 56, facility: None, number: "1-56", parity: &[] },
    Row { name: "csn-8", bits: 64, facility: None, number: "1-64", parity: &[] },
    Row { name: "csn-10", bits: 80, facility: None, number: "1-80", parity: &[] },
];

/// Every built-in format. A row that is not whole would be left out, and the tests see to it that none is.
pub(super) fn formats() -> Vec<CardFormat> {
    TABLE.iter().filter_map(|row| row.draft()?.check().ok()).collect()
}

impl Row {
    fn draft(&self) -> Option<FormatDraft> {
        let facility = match self.facility {
            Some(text) => Some(BitRange::parse(text)?),
            None => None,
        };
        let parity = |(at, kind, over): &(u16, ParityKind, &str)| {
            Some(Parity { at: *at, kind: *kind, over: Positions::parse(over)? })
        };
        Some(FormatDraft {
            name: self.name.to_owned(),
            length_bits: self.bits,
            facility,
            issue: None,
            number: BitRange::parse(self.number)?,
            fixed: Vec::new(),
            parity: self.parity.iter().map(parity).collect::<Option<_>>()?,
            samples: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_whole() {
        for row in TABLE {
            assert_eq!(row.draft().unwrap().check().map(drop), Ok(()), "{}", row.name);
        }
        assert_eq!(formats().len(), TABLE.len());
    }
}
