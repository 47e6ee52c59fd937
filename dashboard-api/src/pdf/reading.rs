//! Reads a sheet back as any program would, for tests: its objects, the text of each page by the map that the font carries, and
//! whether every number and length in it is right. It shares no code with what writes.

use std::collections::BTreeMap;

use miniz_oxide::inflate::decompress_to_vec_zlib;

/// The pages of a sheet, each as the texts that are drawn on it: first head and foot, then what is written.
pub(crate) fn pages(file: &[u8]) -> Vec<Vec<String>> {
    let objects = objects(file);
    check_places(file, &objects);
    let map = unicode(&objects);
    let dict = |number: u32| objects[&number].0.as_str();
    let kids = numbers(dict(2), "/Kids");
    assert!(dict(2).contains(&format!("/Count {}", kids.len())), "{}", dict(2));
    let page = |number: &u32| {
        let streams = numbers(dict(*number), "/Contents").into_iter();
        streams.flat_map(|stream| texts(objects[&stream].1.as_deref().unwrap(), &map)).collect()
    };
    kids.iter().map(page).collect()
}

/// Objects by number: what is said of each, and its stream as it was before it was packed.
fn objects(file: &[u8]) -> BTreeMap<u32, (String, Option<Vec<u8>>)> {
    let (mut objects, mut at) = (BTreeMap::new(), 0);
    while let Some(found) = find(&file[at..], b" 0 obj\n") {
        let digits = file[..at + found].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let number: u32 = text(&file[at + found - digits..at + found]).parse().unwrap();
        let begin = at + found + 7;
        let end = begin + find(&file[begin..], b"endobj").unwrap();
        let stream = find(&file[begin..end], b"stream\n").map(|place| begin + place);
        let dict = text(&file[begin..stream.unwrap_or(end)]);
        at = end;
        let data = stream.map(|stream| {
            let length: usize = after(&dict, "/Length ").parse().unwrap();
            let data = &file[stream + 7..stream + 7 + length];
            assert!(file[stream + 7 + length..].starts_with(b"\nendstream\nendobj"), "object {number}");
            at = stream + 7 + length;
            decompress_to_vec_zlib(data).unwrap()
        });
        assert!(objects.insert(number, (dict, data)).is_none(), "object {number} is there twice");
    }
    objects
}

/// Every object is where the table at the end says.
fn check_places(file: &[u8], objects: &BTreeMap<u32, (String, Option<Vec<u8>>)>) {
    let tail = text(&file[file.len() - 40..]);
    let place: usize = after(&tail, "startxref\n").parse().unwrap();
    let table = text(&file[place..]);
    for (number, row) in table.lines().skip(3).enumerate().take(objects.len()) {
        let place: usize = row[..10].parse().unwrap();
        assert!(file[place..].starts_with(format!("{} 0 obj", number + 1).as_bytes()), "{row}");
    }
}

/// What each code stands for.
fn unicode(objects: &BTreeMap<u32, (String, Option<Vec<u8>>)>) -> BTreeMap<u16, String> {
    let is_map = |data: &&Vec<u8>| data.starts_with(b"%!PS-Adobe-3.0 Resource-CMap");
    let map = text(objects.values().filter_map(|(_, data)| data.as_ref()).find(is_map).unwrap());
    let pairs = map.lines().filter_map(|line| line.strip_prefix('<')?.strip_suffix('>')?.split_once("> <"));
    pairs
        .filter(|(code, to)| !(*code == "0000" && *to == "FFFF"))
        .map(|(code, to)| {
            let units: Vec<u16> = (0..to.len() / 4).map(|at| hex(&to[at * 4..at * 4 + 4])).collect();
            (hex(code), String::from_utf16(&units).unwrap())
        })
        .collect()
}

/// The texts that a page draws, one for each `Tj`.
fn texts(content: &[u8], map: &BTreeMap<u16, String>) -> Vec<String> {
    let (mut texts, mut at) = (Vec::new(), 0);
    while at < content.len() {
        let codes = match content[at] {
            b'(' => literal(content, &mut at),
            b'<' => hexadecimal(content, &mut at),
            _ => {
                at += 1;
                continue;
            }
        };
        assert!(content[at..].starts_with(b" Tj"), "nothing but text is in strings");
        texts.push(codes.chunks(2).map(|code| map[&u16::from_be_bytes([code[0], code[1]])].as_str()).collect());
    }
    texts
}

fn literal(content: &[u8], at: &mut usize) -> Vec<u8> {
    let (mut bytes, mut depth) = (Vec::new(), 0);
    loop {
        let byte = content[*at];
        *at += 1;
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\\' => {
                let next = content[*at];
                *at += 1;
                bytes.push(match next {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'f' => 12,
                    b'0'..=b'7' => {
                        let digits = text(&content[*at - 1..*at + 2]);
                        *at += 2;
                        u8::from_str_radix(&digits, 8).unwrap()
                    }
                    other => other,
                });
                continue;
            }
            _ => {}
        }
        match (byte, depth) {
            (b')', 0) => return bytes,
            (b'(', 1) => {}
            _ => bytes.push(byte),
        }
    }
}

fn hexadecimal(content: &[u8], at: &mut usize) -> Vec<u8> {
    let end = *at + find(&content[*at..], b">").unwrap();
    let digits = text(&content[*at + 1..end]);
    *at = end + 1;
    (0..digits.len() / 2).map(|place| u8::from_str_radix(&digits[place * 2..place * 2 + 2], 16).unwrap()).collect()
}

fn numbers(dict: &str, name: &str) -> Vec<u32> {
    let list = dict.split_once(name).unwrap().1.split_once('[').unwrap().1.split_once(']').unwrap().0;
    list.split(" 0 R").filter_map(|number| number.trim().parse().ok()).collect()
}

fn after(dict: &str, name: &str) -> String {
    dict.split_once(name).unwrap().1.chars().take_while(char::is_ascii_digit).collect()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn hex(digits: &str) -> u16 {
    u16::from_str_radix(digits, 16).unwrap()
}
