#![no_main]

mod answers;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answers::read(samokoder::router::dialect::DialectName::OpenaiChat, input));
