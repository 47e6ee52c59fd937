//! The font of what is printed, and what of it goes into the file: each sign that was drawn has a code of its own, which says
//! what is drawn and, apart from that, which text it stands for. So a sign that the font does not have is drawn as a box and can
//! still be searched and copied. Which signs a text has is `text.rs`'s.

use std::collections::BTreeMap;

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, Str};
use subsetter::{GlyphRemapper, subset};

use super::{COMPRESSION, Undrawn};

/// DejaVu Sans Condensed 2.37: Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew, Arabic and many signs, and free
/// (`fonts/LICENSE-DejaVu`).
const FONT: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");

/// Its name in a file that has a part of it (ISO 32000-1 clause 9.6.4): six letters and a plus in front.
const SUBSET_NAME: &[u8] = b"RCKWRD+DejaVuSansCondensed";
const REGISTRY: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// What every font draws for what it does not have: here a box.
pub(super) const BOX: u16 = 0;
/// What a box stands for where even the character must not be passed on.
pub(super) const UNTOLD: char = char::REPLACEMENT_CHARACTER;

/// One sign: what is drawn, and the text it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sign {
    pub(super) glyph: u16,
    pub(super) text: char,
    /// Of two letters that are drawn as one.
    pub(super) second: Option<char>,
}

/// The font, and the signs that were drawn so far.
pub(super) struct Face {
    font: ttf_parser::Face<'static>,
    codes: BTreeMap<Sign, u16>,
    drawn: Vec<Sign>,
}

impl Face {
    pub(super) fn open() -> Result<Self, Undrawn> {
        let font = ttf_parser::Face::parse(FONT, 0).map_err(|_| Undrawn)?;
        let mut face = Self { font, codes: BTreeMap::new(), drawn: Vec::new() };
        // The first code is what is drawn where there are no codes left.
        face.code(Sign { glyph: BOX, text: UNTOLD, second: None });
        Ok(face)
    }

    /// What is drawn for a character, if the font has it.
    pub(super) fn glyph(&self, c: char) -> Option<u16> {
        self.font.glyph_index(c).map(|glyph| glyph.0).filter(|glyph| *glyph != BOX)
    }

    /// How far the next sign stands behind this one, in thousandths of the font's size.
    pub(super) fn advance(&self, glyph: u16) -> f32 {
        let units = self.font.glyph_hor_advance(ttf_parser::GlyphId(glyph)).unwrap_or_default();
        self.in_thousandths(f32::from(units))
    }

    /// The code of a sign. There are 65,536; signs beyond are boxes.
    pub(super) fn code(&mut self, sign: Sign) -> u16 {
        if let Some(code) = self.codes.get(&sign) {
            return *code;
        }
        let Ok(code) = u16::try_from(self.drawn.len()) else { return 0 };
        self.codes.insert(sign, code);
        self.drawn.push(sign);
        code
    }

    fn in_thousandths(&self, units: f32) -> f32 {
        units * 1000.0 / f32::from(self.font.units_per_em())
    }

    /// Puts the font into a file, under six numbers from `first` on, the first of which pages name.
    pub(super) fn put(&self, pdf: &mut Pdf, first: Ref) -> Result<Ref, Undrawn> {
        let mut next = first;
        let (font, cid_font, descriptor) = (next.bump(), next.bump(), next.bump());
        let (file, unicode, glyphs) = (next.bump(), next.bump(), next.bump());
        let mut parts = GlyphRemapper::new();
        let map: Vec<u8> = self.drawn.iter().flat_map(|sign| parts.remap(sign.glyph).to_be_bytes()).collect();
        let part = subset(FONT, 0, &parts).map_err(|_| Undrawn)?;

        pdf.type0_font(font)
            .base_font(Name(SUBSET_NAME))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid_font)
            .to_unicode(unicode);
        let mut cid = pdf.cid_font(cid_font);
        cid.subtype(CidFontType::Type2).base_font(Name(SUBSET_NAME)).system_info(REGISTRY).font_descriptor(descriptor);
        cid.default_width(0.0).cid_to_gid_map_stream(glyphs);
        cid.widths().consecutive(0, self.drawn.iter().map(|sign| self.advance(sign.glyph)));
        cid.finish();
        self.describe(pdf, descriptor, file);

        let packed = compress_to_vec_zlib(&part, COMPRESSION);
        let length = i32::try_from(part.len()).map_err(|_| Undrawn)?;
        pdf.stream(file, &packed).filter(Filter::FlateDecode).pair(Name(b"Length1"), length);
        let mut cmap = UnicodeCmap::new(Name(b"Rackward"), REGISTRY);
        for (sign, code) in self.drawn.iter().zip(0_u16..=u16::MAX) {
            cmap.pair_with_multiple(code, core::iter::once(sign.text).chain(sign.second));
        }
        pdf.stream(unicode, &compress_to_vec_zlib(cmap.finish().as_slice(), COMPRESSION)).filter(Filter::FlateDecode);
        pdf.stream(glyphs, &compress_to_vec_zlib(&map, COMPRESSION)).filter(Filter::FlateDecode);
        Ok(next)
    }

    fn describe(&self, pdf: &mut Pdf, descriptor: Ref, file: Ref) {
        let units = |units: i16| self.in_thousandths(f32::from(units));
        let bounds = self.font.global_bounding_box();
        pdf.font_descriptor(descriptor)
            .name(Name(SUBSET_NAME))
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(units(bounds.x_min), units(bounds.y_min), units(bounds.x_max), units(bounds.y_max)))
            .italic_angle(0.0)
            .ascent(units(self.font.ascender()))
            .descent(units(self.font.descender()))
            .cap_height(units(self.font.capital_height().unwrap_or_default()))
            .stem_v(80.0)
            .font_file2(file);
    }
}
