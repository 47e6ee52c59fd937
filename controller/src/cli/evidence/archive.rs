//! Reads the archives that evidence comes in: exactly those that the site writes (`dashboard-api/src/zip.rs`), and no others. Two
//! programs can find different files in one ZIP archive, by its directory and by what stands before its files; in ours there is one
//! way to read each byte, so what is checked here is what any program unpacks. Clauses are those of APPNOTE 6.3.10.

use std::io::{Error, Read, Result, Seek, SeekFrom, Take};

/// Ours have a handful.
const FILES_MAX_COUNT: u64 = 16;
const NAME_MAX_BYTES: usize = 64;

/// Signatures, version 4.5, sizes behind the data, names in UTF-8, everything in 64 bits (clauses 4.3.7 to 4.3.16, 4.5.3).
const LOCAL: &[u8] = b"PK\x03\x04\x2d\x00\x08\x08\x00\x00";
const LOCAL_EXTRA: &[u8] = b"\x01\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const ROW: &[u8] = b"PK\x01\x02\x2d\x00\x2d\x00\x08\x08\x00\x00";
const ROW_BYTES: u64 = 46;
const ROW_EXTRA: &[u8] = b"\x01\x00\x18\x00";
const END_64: &[u8] = b"PK\x06\x06\x2c\x00\x00\x00\x00\x00\x00\x00\x2d\x00\x2d\x00\x00\x00\x00\x00\x00\x00\x00\x00";
const LOCATOR: &[u8] = b"PK\x06\x07\x00\x00\x00\x00";
const END: &[u8] =
    b"\x01\x00\x00\x00PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00";
const END_BYTES: u64 = 98;

/// An archive, of whose files it is known where they lie.
#[derive(Debug)]
pub(crate) struct Archive<R> {
    source: R,
    files: Vec<Filed>,
}

#[derive(Debug)]
struct Filed {
    name: String,
    begin: u64,
    bytes: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// # Errors
    /// It cannot be read, or is not as the site writes archives: cut off, packed anew, or changed.
    pub(crate) fn open(mut source: R) -> Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        let end = length.checked_sub(END_BYTES).ok_or_else(strange)?;
        let tail = read(&mut source, end, END_BYTES)?;
        let (count, size, begin) = (wide(&tail, 24)?, wide(&tail, 40)?, wide(&tail, 48)?);
        let [count_8, size_8, begin_8, end_8] = [count, size, begin, end].map(u64::to_le_bytes);
        let expected = [END_64, &count_8, &count_8, &size_8, &begin_8, LOCATOR, &end_8, END].concat();
        let longest = FILES_MAX_COUNT * (ROW_BYTES + NAME_MAX_BYTES as u64 + 28);
        if tail != expected || count > FILES_MAX_COUNT || size > longest || begin.checked_add(size) != Some(end) {
            return Err(strange());
        }
        let directory = read(&mut source, begin, size)?;
        let (mut rest, mut offset, mut files) = (directory.as_slice(), 0, Vec::new());
        while !rest.is_empty() {
            let (file, behind) = file(&mut source, &mut rest, offset)?;
            if files.iter().any(|known: &Filed| known.name == file.name) {
                return Err(strange());
            }
            offset = behind;
            files.push(file);
        }
        let is_whole = offset == begin && u64::try_from(files.len()) == Ok(count);
        if is_whole { Ok(Self { source, files }) } else { Err(strange()) }
    }

    /// What the files are called, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// What is in a file; `None` where there is none of this name.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn file(&mut self, name: &str) -> Result<Option<Take<&mut R>>> {
        let Some(file) = self.files.iter().find(|file| file.name == name) else { return Ok(None) };
        self.source.seek(SeekFrom::Start(file.begin))?;
        Ok(Some(self.source.by_ref().take(file.bytes)))
    }
}

/// The file of the next row of the directory, which begins at an offset, and where it ends. Whatever could be written in two ways
/// is compared with the one in which it is.
fn file(source: &mut (impl Read + Seek), rest: &mut &[u8], offset: u64) -> Result<(Filed, u64)> {
    let row = *rest;
    let moment = row.get(12..16).ok_or_else(strange)?;
    let checksum = row.get(16..20).ok_or_else(strange)?;
    let name_length = row.get(28..30).ok_or_else(strange)?;
    let length = name_length.try_into().map(u16::from_le_bytes).map_err(|_| strange())?;
    let name = row.get(46..46 + usize::from(length)).ok_or_else(strange)?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.".contains(byte);
    if name.is_empty() || name.len() > NAME_MAX_BYTES || !name.iter().all(is_plain) || name.starts_with(b".") {
        return Err(strange());
    }
    let bytes = wide(row, 50 + name.len())?;
    let (all, [bytes_8, offset_8]) = ([0xff; 8], [bytes, offset].map(u64::to_le_bytes));
    let links = [0; 10];
    let expected_row = [
        ROW,
        moment,
        checksum,
        &all,
        name_length,
        b"\x1c\x00",
        &links,
        &[0xff; 4],
        name,
        ROW_EXTRA,
        &bytes_8,
        &bytes_8,
        &offset_8,
    ]
    .concat();
    let expected_head = [LOCAL, moment, &[0; 4], &all, name_length, b"\x14\x00", name, LOCAL_EXTRA].concat();
    let expected_tail = [DESCRIPTOR, checksum, &bytes_8, &bytes_8].concat();
    *rest = row.strip_prefix(expected_row.as_slice()).ok_or_else(strange)?;
    let begin = offset + expected_head.len() as u64;
    let end = begin.checked_add(bytes).ok_or_else(strange)?;
    if read(source, offset, expected_head.len() as u64)? != expected_head
        || read(source, end, expected_tail.len() as u64)? != expected_tail
    {
        return Err(strange());
    }
    let name = String::from_utf8(name.to_vec()).map_err(|_| strange())?;
    Ok((Filed { name, begin, bytes }, end + expected_tail.len() as u64))
}

fn read(source: &mut (impl Read + Seek), from: u64, count: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.seek(SeekFrom::Start(from))?;
    source.by_ref().take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn wide(bytes: &[u8], at: usize) -> Result<u64> {
    let number = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    number.map(|number| u64::from_le_bytes(*number)).ok_or_else(strange)
}

fn strange() -> Error {
    Error::other(
        "it is not an archive as the site writes them: it was cut off, changed or packed anew; if it was packed anew, unpack it and \
         name its manifest.json",
    )
}

/// An archive as the site writes them, but for the checksums.
#[cfg(test)]
pub(super) fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut rows) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let (offset, size) = ((out.len() as u64).to_le_bytes(), (bytes.len() as u64).to_le_bytes());
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let (moment, all) = (&[7; 4], &[0xff; 8]);
        out.extend([LOCAL, moment, &[0; 4], all, &length, &[20, 0], name.as_bytes(), LOCAL_EXTRA, bytes].concat());
        out.extend([DESCRIPTOR, &[9; 4], &size, &size].concat());
        let row = [ROW, moment, &[9; 4], all, &length, &[28, 0], &[0; 10], &[0xff; 4], name.as_bytes(), ROW_EXTRA];
        rows.extend([&row.concat()[..], &size, &size, &offset].concat());
    }
    let begin = (out.len() as u64).to_le_bytes();
    let (count, size) = ((files.len() as u64).to_le_bytes(), (rows.len() as u64).to_le_bytes());
    let end = ((out.len() + rows.len()) as u64).to_le_bytes();
    [&out[..], &rows, END_64, &count, &count, &size, &begin, LOCATOR, &end, END].concat()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn an_archive_is_read_in_one_way_or_not_at_all() {
        let whole = packed(&[("a.ndjson", b"one\n"), ("manifest.json", b"{}")]);
        let mut archive = Archive::open(Cursor::new(&whole)).unwrap();
        assert_eq!(archive.names().collect::<Vec<_>>(), ["a.ndjson", "manifest.json"]);
        let mut text = String::new();
        archive.file("a.ndjson").unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\n");
        assert!(archive.file("b").unwrap().is_none());

        let open = |bytes: &[u8]| Archive::open(Cursor::new(bytes.to_vec())).map(|archive| archive.files.len());
        for length in 0..whole.len() {
            open(&whole[..length]).unwrap_err();
            open(&whole[length + 1..]).unwrap_err();
        }
        open(&[&whole[..], b"x"].concat()).unwrap_err();
        // Every byte but those in the files has one value: what stands twice says the same twice.
        let mut alike = Vec::new();
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x55;
            alike.extend(open(&bytes).ok().map(|_| place));
        }
        let is_data = |place: &usize| (58..62).contains(place) || (149..151).contains(place);
        assert!(alike.len() == 6 && alike.iter().all(is_data), "{alike:?}");

        open(&packed(&[("a", b""), ("a", b"")])).unwrap_err();
        open(&packed(&[("../a", b"")])).unwrap_err();
        open(&packed(&[("", b"")])).unwrap_err();
        assert_eq!(open(&packed(&[])).unwrap(), 0);
    }
}
