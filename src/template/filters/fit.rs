//! Layout.
pub(super) fn fit(text: &str, _width: usize) -> String {
    text.to_owned()
}
