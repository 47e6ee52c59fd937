//! Choices drawn from the bytes of one run: the same bytes give the same run. When they are used up every choice is zero,
//! so that a run ends and each of its bytes matters.

/// The bytes of a run that have not been used yet.
#[derive(Clone, Debug)]
pub struct Draw<'a> {
    rest: &'a [u8],
}

impl<'a> Draw<'a> {
    /// All of them.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// True when only zeros are left to draw.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    /// A number from 0 to `limit - 1`; `limit` is at least 1.
    pub fn below(&mut self, limit: u8) -> u8 {
        self.byte() % limit
    }

    /// Two bytes, low one first.
    pub fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// True once in two times.
    pub fn coin(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// At most `limit` bytes; fewer when fewer are left.
    pub fn bytes(&mut self, limit: u8) -> &'a [u8] {
        let wanted = usize::from(self.byte() % limit.saturating_add(1)).min(self.rest.len());
        let (taken, rest) = self.rest.split_at(wanted);
        self.rest = rest;
        taken
    }
}
