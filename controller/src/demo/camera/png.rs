//! Pictures in eight bits of grey, as PNG (ISO/IEC 15948) whose data are not compressed: the blocks of deflate (RFC 1951, clause
//! 3.2.4) are stored as they are. Drawing knows rectangles and a font of capitals and digits.

const WIDTH: usize = 320;
const HEIGHT: usize = 180;

/// A picture that is being drawn.
pub(super) struct Canvas(Vec<u8>);

impl Canvas {
    /// All in one grey.
    pub(super) fn new(grey: u8) -> Self {
        Self(vec![grey; WIDTH * HEIGHT])
    }

    /// A rectangle from its upper left corner on; what lies outside is not drawn.
    pub(super) fn fill(&mut self, (left, top): (usize, usize), (width, height): (usize, usize), grey: u8) {
        for row in self.0.chunks_exact_mut(WIDTH).skip(top).take(height) {
            row.iter_mut().skip(left).take(width).for_each(|pixel| *pixel = grey);
        }
    }

    /// A text from its upper left corner on, six pixels a letter; letters that the font does not have are left out.
    pub(super) fn write(&mut self, (left, top): (usize, usize), text: &str, grey: u8) {
        for (place, letter) in text.chars().enumerate() {
            for (row, bits) in glyph(letter).into_iter().enumerate() {
                for column in (0..5).filter(|column| bits & (0b1_0000 >> column) != 0) {
                    self.fill((left + place * 6 + column, top + row), (1, 1), grey);
                }
            }
        }
    }

    /// The picture as a file.
    pub(super) fn into_png(self) -> Vec<u8> {
        // Greyscale of eight bits, not interlaced (clause 11.2.2).
        let mut header = Vec::from((WIDTH as u32).to_be_bytes());
        header.extend_from_slice(&(HEIGHT as u32).to_be_bytes());
        header.extend_from_slice(&[8, 0, 0, 0, 0]);
        // Each row begins with its filter, none (clause 9.2).
        let rows: Vec<u8> = self.0.chunks_exact(WIDTH).flat_map(|row| [&[0][..], row].concat()).collect();
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut png, b"IHDR", &header);
        chunk(&mut png, b"IDAT", &stored(&rows));
        chunk(&mut png, b"IEND", &[]);
        png
    }
}

/// A stream of zlib (RFC 1950) whose blocks are stored.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(usize::from(u16::MAX));
    let last = blocks.len().saturating_sub(1);
    for (place, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(place == last));
        stream.extend_from_slice(&length.to_le_bytes());
        stream.extend_from_slice(&(!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    stream.extend_from_slice(&adler_32(data).to_be_bytes());
    stream
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    let begin = png.len();
    png.extend_from_slice(kind);
    png.extend_from_slice(data);
    let sum = crc_32(&png[begin..]);
    png.extend_from_slice(&sum.to_be_bytes());
}

/// The sum of clause 5.5 and annex D.
fn crc_32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// The sum of RFC 1950, clause 8.2.
fn adler_32(bytes: &[u8]) -> u32 {
    const BASE: u32 = 65_521;
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % BASE;
        (low, (high + low) % BASE)
    });
    (high << 16) | low
}

/// Seven rows of five pixels, the first in the highest of five bits.
fn glyph(letter: char) -> [u8; 7] {
    match letter.to_ascii_uppercase() {
        '0' => [14, 17, 19, 21, 25, 17, 14],
        '1' => [4, 12, 4, 4, 4, 4, 14],
        '2' => [14, 17, 1, 2, 4, 8, 31],
        '3' => [31, 2, 4, 2, 1, 17, 14],
        '4' => [2, 6, 10, 18, 31, 2, 2],
        '5' => [31, 16, 30, 1, 1, 17, 14],
        '6' => [6, 8, 16, 30, 17, 17, 14],
        '7' => [31, 1, 2, 4, 8, 8, 8],
        '8' => [14, 17, 17, 14, 17, 17, 14],
        '9' => [14, 17, 17, 15, 1, 2, 12],
        'A' => [14, 17, 17, 31, 17, 17, 17],
        'C' => [14, 17, 16, 16, 16, 17, 14],
        'E' => [31, 16, 16, 30, 16, 16, 31],
        'F' => [31, 16, 16, 30, 16, 16, 16],
        'H' => [17, 17, 17, 31, 17, 17, 17],
        'I' => [14, 4, 4, 4, 4, 4, 14],
        'L' => [16, 16, 16, 16, 16, 16, 31],
        'M' => [17, 27, 21, 21, 17, 17, 17],
        'N' => [17, 25, 21, 19, 17, 17, 17],
        'O' => [14, 17, 17, 17, 17, 17, 14],
        'P' => [30, 17, 17, 30, 16, 16, 16],
        'R' => [30, 17, 17, 30, 20, 18, 17],
        'S' => [15, 16, 16, 14, 1, 1, 30],
        'T' => [31, 4, 4, 4, 4, 4, 4],
        'U' => [17, 17, 17, 17, 17, 17, 14],
        'Z' => [31, 1, 2, 4, 8, 16, 31],
        ':' => [0, 4, 0, 0, 0, 4, 0],
        '-' => [0, 0, 0, 14, 0, 0, 0],
        '.' => [0, 0, 0, 0, 0, 0, 4],
        _ => [0; 7],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_the_published_ones() {
        // RFC 3720, and the sum of "Wikipedia" that everybody gives for Adler's.
        assert_eq!(crc_32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler_32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut canvas = Canvas::new(0);
        canvas.fill((WIDTH - 1, HEIGHT - 1), (50, 50), 255);
        canvas.write((WIDTH - 3, HEIGHT - 3), "8888", 255);
        assert_eq!(canvas.0.len(), WIDTH * HEIGHT);
        assert_eq!(canvas.0[WIDTH * HEIGHT - 1], 255);
        assert_eq!(canvas.0[0], 0);
    }
}
