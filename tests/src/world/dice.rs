//! The one source of chance in the simulated world: SplitMix64, whose seed a failing test prints. The same seed gives the
//! same run on every machine. It is not for secrets.

use rackward_protocol::osdp::NoEntropy;

/// A small generator of numbers.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of one seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to, inclusive, `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.roll() % (high - low + 1)
    }

    /// True once in `n` times; never for 0.
    pub fn one_in(&mut self, n: u64) -> bool {
        n > 0 && self.roll().is_multiple_of(n)
    }

    /// One of `items`.
    ///
    /// # Panics
    /// There is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.between(0, items.len() as u64 - 1) as usize]
    }

    /// Random bytes of its own for one end of a line.
    pub fn entropy(&mut self) -> impl FnMut(&mut [u8]) -> Result<(), NoEntropy> + Send + use<> {
        let mut own = Self(self.roll());
        move |out: &mut [u8]| {
            out.fill_with(|| own.roll() as u8);
            Ok(())
        }
    }
}
