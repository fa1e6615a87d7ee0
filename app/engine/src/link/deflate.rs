//! Raw deflate with a dictionary that stands before the text on both sides.
//!
//! `miniz_oxide` has no call for a preset dictionary, but both of its halves take one: the
//! compressor is first given the dictionary, whose output is thrown away up to a byte boundary, and
//! the decompressor writes behind it in a buffer that it may look back into.

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::dictionary::WORDS;

/// The best that the compressor can.
const LEVEL: i32 = 10;
/// Raw deflate, without the frame of zlib.
const RAW: i32 = -15;

pub(super) fn deflate(text: &[u8]) -> Vec<u8> {
    let flags = create_comp_flags_from_zip_params(LEVEL, RAW, 0);
    let mut compressor = CompressorOxide::new(flags);
    let primed = compress_to_output(&mut compressor, WORDS.as_bytes(), TDEFLFlush::Sync, |_| {
        true
    });
    debug_assert_eq!(primed.0, TDEFLStatus::Okay, "the dictionary fits");
    let mut compressed = Vec::new();
    compress_to_output(&mut compressor, text, TDEFLFlush::Finish, |piece| {
        compressed.extend_from_slice(piece);
        true
    });
    compressed
}

/// The text of exactly this many bytes; `None` if that is not what the bytes hold.
pub(super) fn inflate(compressed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut buffer = Vec::with_capacity(WORDS.len() + length);
    buffer.extend_from_slice(WORDS.as_bytes());
    buffer.resize(WORDS.len() + length, 0);
    let mut decompressor = DecompressorOxide::new();
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, read, written) = decompress(
        &mut decompressor,
        compressed,
        &mut buffer,
        WORDS.len(),
        flags,
    );
    let is_whole = status == TINFLStatus::Done && read == compressed.len() && written == length;
    is_whole.then(|| buffer.split_off(WORDS.len()))
}
