//! Frames written and read by hand, so that a run can say what no end of ours would say. The check bytes are right unless
//! a run spoils them: nearly everything behind them would otherwise never be reached.

use crate::draw::Draw;

const START: u8 = 0x53;
const HEADER_BYTES: usize = 5;
const REPLY_BIT: u8 = 0x80;
const CRC_BIT: u8 = 0x04;
const BLOCK_BIT: u8 = 0x08;

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the panel.
    ToDevice,
    /// From a device.
    ToPanel,
}

/// A frame's parts as they are on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Without the reply bit.
    pub address: u8,
    /// Its direction.
    pub way: Way,
    /// 0 to 3.
    pub sequence: u8,
    /// Kind and content of the security block.
    pub block: Option<(u8, Vec<u8>)>,
    /// Command or reply code.
    pub code: u8,
    /// Everything between code and check, a MAC included.
    pub data: Vec<u8>,
}

impl Parts {
    /// A frame without a block.
    pub fn plain(way: Way, address: u8, sequence: u8, code: u8, data: &[u8]) -> Self {
        Self { address, way, sequence, block: None, code, data: data.to_vec() }
    }

    /// The same frame with a security block.
    pub fn with_block(self, kind: u8, content: &[u8]) -> Self {
        Self { block: Some((kind, content.to_vec())), ..self }
    }

    /// A frame in which everything but the length is drawn.
    pub fn drawn(draw: &mut Draw<'_>, way: Way, address: u8) -> Self {
        let control = draw.byte();
        let code = draw.byte();
        let block = (control & BLOCK_BIT != 0).then(|| (draw.byte(), draw.bytes(3).to_vec()));
        Self { address, way, sequence: control & 3, block, code, data: draw.bytes(48).to_vec() }
    }

    /// The bytes, with a right CRC.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.body();
        let crc = crc16(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        out
    }

    /// The bytes up to the check, as authentication covers them with `mac_bytes` more to come.
    pub fn body_before_mac(&self, mac_bytes: usize) -> Vec<u8> {
        let mut out = self.body();
        let length = u16::try_from(out.len() + mac_bytes + 2).unwrap_or(u16::MAX);
        out[2..4].copy_from_slice(&length.to_le_bytes());
        out
    }

    fn body(&self) -> Vec<u8> {
        let reply = if self.way == Way::ToPanel { REPLY_BIT } else { 0 };
        let block = if self.block.is_some() { BLOCK_BIT } else { 0 };
        let mut out = vec![START, self.address | reply, 0, 0, (self.sequence & 3) | CRC_BIT | block];
        if let Some((kind, content)) = &self.block {
            out.extend_from_slice(&[content.len() as u8 + 2, *kind]);
            out.extend_from_slice(content);
        }
        out.push(self.code);
        out.extend_from_slice(&self.data);
        let length = u16::try_from(out.len() + 2).unwrap_or(u16::MAX);
        out[2..4].copy_from_slice(&length.to_le_bytes());
        out
    }

    /// Reads a frame that an end of ours sent; `None` when it is not well formed.
    pub fn read(raw: &[u8]) -> Option<Self> {
        let &[START, address, low, high, control, ..] = raw else { return None };
        let check_bytes = if control & CRC_BIT != 0 { 2 } else { 1 };
        let end = raw.len().checked_sub(check_bytes)?;
        let (body, check) = raw.split_at(end);
        let is_whole = usize::from(u16::from_le_bytes([low, high])) == raw.len() && control & 0xF0 == 0;
        let is_right = match *check {
            [low, high] => u16::from_le_bytes([low, high]) == crc16(body),
            [sum] => body.iter().fold(sum, |sum, byte| sum.wrapping_add(*byte)) == 0,
            _ => false,
        };
        let rest = body.get(HEADER_BYTES..)?;
        let (block, rest) = if control & BLOCK_BIT == 0 {
            (None, rest)
        } else {
            let length = usize::from(*rest.first()?);
            let (kind, content) = rest.get(1..length)?.split_first()?;
            (Some((*kind, content.to_vec())), rest.get(length..)?)
        };
        let (code, data) = rest.split_first()?;
        let way = if address & REPLY_BIT == 0 { Way::ToDevice } else { Way::ToPanel };
        let parts =
            Self { address: address & !REPLY_BIT, way, sequence: control & 3, block, code: *code, data: data.to_vec() };
        (is_whole && is_right).then_some(parts)
    }

    /// The security block's kind.
    pub fn block_kind(&self) -> Option<u8> {
        self.block.as_ref().map(|(kind, _)| *kind)
    }
}

/// Makes the check bytes of spoilt bytes right again, where they are long enough to have any.
pub fn mend(raw: &mut [u8]) {
    if let Some((body, check)) = raw.split_last_chunk_mut::<2>() {
        *check = crc16(body).to_le_bytes();
    }
}

/// Polynomial 0x1021, initial value 0x1D0F (OSDP 2.2, Annex C); written anew, so that it checks ours.
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0x1D0F, |crc, byte| (crc << 8) ^ TABLE[usize::from((crc >> 8) as u8 ^ byte)])
}

const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 != 0 { (crc << 1) ^ 0x1021 } else { crc << 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};
