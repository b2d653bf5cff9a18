//! The template engine, set up for source code: nothing is escaped unless a filter says so, nothing undefined passes.

use tera::{ErrorKind, Tera};

use super::error::Error;
use super::filters;

/// An engine with the product's filters and no templates.
pub(super) fn new() -> Tera {
    let mut tera = Tera::new();
    tera.autoescape_on(Vec::<&'static str>::new());
    filters::register(&mut tera);
    tera
}

/// The text of a template.
pub(super) fn text<'p>(folder: &str, path: &str, content: &'p [u8]) -> Result<&'p str, Error> {
    std::str::from_utf8(content).map_err(|error| Error::Render {
        template: format!("{folder}{path}"),
        line: 0,
        column: 0,
        message: format!("a template must be UTF-8: {error}"),
    })
}

/// Says where an error of the engine is; `template` where the engine does not say so itself.
pub(super) fn error(template: &str, error: &tera::Error) -> Error {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => Error::Render {
            template: report.filename().to_owned(),
            line: report.span().start_line,
            column: report.span().start_col + 1,
            message: report.message().to_owned(),
        },
        ErrorKind::Io(std::io::ErrorKind::FileTooLarge) => Error::Render {
            template: template.to_owned(),
            line: 0,
            column: 0,
            message: "it writes more than 16 MiB".into(),
        },
        other => Error::Render { template: template.to_owned(), line: 0, column: 0, message: other.to_string() },
    }
}
