//! Writes a ZIP archive piece by piece, without knowing beforehand how long its files are: whoever exports a journal holds none
//! of it in memory. Files are stored as they are (APPNOTE 6.3.10 clause 4.4.5, method 0), their sizes stand behind them and in
//! the directory at the end, always in the 64-bit form (clause 4.3.9.2). What goes into one is its callers'.

use rackward_core::Wall;
use rackward_core::site::local_time::LocalTime;
use sha2::{Digest as _, Sha256};

/// The directory is held in memory until the end, and ours have a handful of files, or some dozens of pictures.
pub(crate) const FILES_MAX_COUNT: usize = 128;

const LOCAL_HEADER: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const DIRECTORY: u32 = 0x0201_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const END: u32 = 0x0605_4b50;

/// Version 4.5 of the format, whose sizes have 64 bits.
const VERSION: u16 = 45;
/// Sizes stand behind the data; names are UTF-8 (clause 4.4.4, bits 3 and 11).
const FLAGS: u16 = 0x0808;
const IN_64_BITS: u32 = u32::MAX;

/// An archive while it is written.
#[derive(Debug)]
pub(crate) struct Zip {
    offset: u64,
    moment: (u16, u16),
    files: Vec<Filed>,
    open: Option<Open>,
}

/// A file that is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filed {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
    crc: u32,
    offset: u64,
}

#[derive(Debug)]
struct Open {
    name: String,
    offset: u64,
    bytes: u64,
    crc: u32,
    hash: Sha256,
}

impl Zip {
    /// An empty one, whose files are of a moment, in the site's local time as the format has it.
    pub(crate) fn new(at: Wall, local: &LocalTime) -> Self {
        Self { offset: 0, moment: dos_moment(at, local), files: Vec::new(), open: None }
    }

    /// Begins a file, which ends the one before. Names are ours and short.
    pub(crate) fn begin(&mut self, name: &str, out: &mut Vec<u8>) {
        self.end_file(out);
        if self.files.len() >= FILES_MAX_COUNT {
            return;
        }
        let open = Open { name: name.to_owned(), offset: self.offset, bytes: 0, crc: !0, hash: Sha256::new() };
        let mut header = Piece::new(LOCAL_HEADER);
        header.short(VERSION).short(FLAGS).short(0).short(self.moment.0).short(self.moment.1);
        header.long(0).long(IN_64_BITS).long(IN_64_BITS);
        header.short(length(name)).short(20).raw(name.as_bytes());
        header.short(1).short(16).wide(0).wide(0);
        self.put(&header.0, out);
        self.open = Some(open);
    }

    /// Adds to the file that is open.
    pub(crate) fn add(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(open) = &mut self.open else { return };
        open.bytes += bytes.len() as u64;
        open.crc = crc_of(open.crc, bytes);
        open.hash.update(bytes);
        self.put(bytes, out);
    }

    /// A whole file.
    pub(crate) fn file(&mut self, name: &str, bytes: &[u8], out: &mut Vec<u8>) {
        self.begin(name, out);
        self.add(bytes, out);
        self.end_file(out);
    }

    /// Ends the file that is open.
    pub(crate) fn end_file(&mut self, out: &mut Vec<u8>) {
        let Some(Open { name, offset, bytes, crc, hash }) = self.open.take() else { return };
        let filed = Filed { name, bytes, sha256: hash.finalize().into(), crc: !crc, offset };
        let mut descriptor = Piece::new(DESCRIPTOR);
        descriptor.long(filed.crc).wide(bytes).wide(bytes);
        self.put(&descriptor.0, out);
        self.files.push(filed);
    }

    /// The files that are whole.
    pub(crate) fn files(&self) -> &[Filed] {
        &self.files
    }

    /// Writes the directory, behind which nothing comes.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        self.end_file(out);
        let (begin, files) = (self.offset, std::mem::take(&mut self.files));
        for file in &files {
            self.put(&self.row(file).0, out);
        }
        let (size, count, end) = (self.offset - begin, files.len() as u64, self.offset);
        let mut piece = Piece::new(END_64);
        piece.wide(44).short(VERSION).short(VERSION).long(0).long(0).wide(count).wide(count).wide(size).wide(begin);
        piece.long(LOCATOR_64).long(0).wide(end).long(1);
        piece.long(END).short(0).short(0).short(u16::MAX).short(u16::MAX).long(IN_64_BITS).long(IN_64_BITS).short(0);
        self.put(&piece.0, out);
    }

    fn row(&self, file: &Filed) -> Piece {
        let mut row = Piece::new(DIRECTORY);
        row.short(VERSION).short(VERSION).short(FLAGS).short(0).short(self.moment.0).short(self.moment.1);
        row.long(file.crc).long(IN_64_BITS).long(IN_64_BITS).short(length(&file.name)).short(28);
        row.short(0).short(0).short(0).long(0).long(IN_64_BITS).raw(file.name.as_bytes());
        row.short(1).short(24).wide(file.bytes).wide(file.bytes).wide(file.offset);
        row
    }

    fn put(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.offset += bytes.len() as u64;
        out.extend_from_slice(bytes);
    }
}

/// Numbers one after the other, the lowest byte first.
struct Piece(Vec<u8>);

impl Piece {
    fn new(signature: u32) -> Self {
        Self(signature.to_le_bytes().to_vec())
    }

    fn short(&mut self, number: u16) -> &mut Self {
        self.raw(&number.to_le_bytes())
    }

    fn long(&mut self, number: u32) -> &mut Self {
        self.raw(&number.to_le_bytes())
    }

    fn wide(&mut self, number: u64) -> &mut Self {
        self.raw(&number.to_le_bytes())
    }

    fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

fn length(name: &str) -> u16 {
    u16::try_from(name.len()).unwrap_or(u16::MAX)
}

/// Time and date as MS-DOS has them, which begin in 1980 and end in 2107.
fn dos_moment(at: Wall, local: &LocalTime) -> (u16, u16) {
    let second = local.local_second(at);
    let (day, minute) = (second.day(), i64::from(second.day_minute()));
    let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day.clamp(3_652, 50_402)));
    let Ok(date) = date else { return (0, 0x21) };
    let year = i64::from(date.year()) - 1980;
    let date = year.clamp(0, 127) << 9 | i64::from(date.month()) << 5 | i64::from(date.day());
    (u16::try_from((minute / 60) << 11 | (minute % 60) << 5).unwrap_or(0), u16::try_from(date).unwrap_or(0x21))
}

/// One step of CRC-32 for each byte (clause 4.4.7), eight bits at once.
const CRC: [u32; 256] = {
    let (mut table, mut byte) = ([0; 256], 0_u32);
    while byte < 256 {
        let (mut crc, mut bit) = (byte, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
};

fn crc_of(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| {
        let place = (crc ^ u32::from(*byte)) & 0xff;
        crc >> 8 ^ CRC.get(place as usize).copied().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_everybody_has() {
        assert_eq!(!crc_of(!0, b"123456789"), 0xcbf4_3926);
        assert_eq!(!crc_of(crc_of(!0, b"1234"), b"56789"), 0xcbf4_3926);
    }

    #[test]
    fn moments_are_those_of_the_site() {
        let london = LocalTime::named("Europe/London").unwrap();
        // 2026-07-24 15:03 in summer time: 46 years, month 7, day 24.
        let (time, date) = dos_moment(Wall::from_seconds(1_784_901_802), &london);
        assert_eq!((time >> 11, time >> 5 & 63), (15, 3));
        assert_eq!((date >> 9, date >> 5 & 15, date & 31), (46, 7, 24));
        assert_eq!(dos_moment(Wall::from_seconds(-9), &london).1 >> 9, 0);
    }

    #[test]
    fn files_are_where_the_directory_says() {
        let mut zip = Zip::new(Wall::from_seconds(1_784_901_802), &LocalTime::named("UTC").unwrap());
        let mut out = Vec::new();
        zip.begin("events.ndjson", &mut out);
        zip.add(b"one\n", &mut out);
        zip.add(b"two\n", &mut out);
        zip.file("manifest.json", b"{}", &mut out);
        let files = zip.files().to_vec();
        assert_eq!(files[0].sha256, <[u8; 32]>::from(Sha256::digest(b"one\ntwo\n")));
        zip.finish(&mut out);
        for (file, bytes) in files.iter().zip([&b"one\ntwo\n"[..], b"{}"]) {
            let at = usize::try_from(file.offset).unwrap();
            assert_eq!(out[at..at + 4], LOCAL_HEADER.to_le_bytes());
            let data = at + 30 + file.name.len() + 20;
            assert_eq!(&out[data..data + bytes.len()], bytes);
            assert_eq!(file.bytes, bytes.len() as u64);
        }
        assert_eq!(out[out.len() - 22..out.len() - 18], END.to_le_bytes());
    }
}
