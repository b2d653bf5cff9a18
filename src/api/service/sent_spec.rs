//! A spec that was sent: its text, what came with it, and how its generation is to go.

use std::str::FromStr;

use bytes::Bytes;
use futures::stream;
use serde::Deserialize;

use super::{asked::MediaType, codes, fault::Fault};

/// Most parts of a multipart body: the options, the spec, and every attachment that a spec may have.
const PARTS_MAX: usize = 64;

/// A format of specs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    Json,
    Yaml,
    Toml,
    Jdl,
    Markdown,
    Text,
}

impl Format {
    /// The file name that the reader of specs tells the format by.
    pub(super) const fn file_name(self) -> &'static str {
        match self {
            Self::Json => "spec.json",
            Self::Yaml => "spec.yaml",
            Self::Toml => "spec.toml",
            Self::Jdl => "spec.jdl",
            Self::Markdown => "spec.md",
            Self::Text => "spec.txt",
        }
    }

    /// The format of a media type.
    fn of_media_type(essence: &str) -> Option<Self> {
        Some(match essence {
            "application/json" => Self::Json,
            "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" => Self::Yaml,
            "application/toml" | "text/x-toml" => Self::Toml,
            "text/x-jdl" => Self::Jdl,
            "text/markdown" => Self::Markdown,
            "text/plain" => Self::Text,
            _ => return None,
        })
    }
}

/// How a generation is to go, beyond what its spec says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::IntoParams, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// Project that it belongs to; one is made when none is named.
    #[schema(format = "uuid")]
    pub(super) project: Option<String>,
    /// Template pack, when the spec names none.
    pub(super) template: Option<String>,
    /// Whether the project is built and tested; yes unless said otherwise.
    pub(super) verify: Option<bool>,
    /// Whether the ZIP holds the git history.
    pub(super) with_history: Option<bool>,
    /// Higher goes first, from -100 to 100.
    #[schema(minimum = -100, maximum = 100)]
    #[param(minimum = -100, maximum = 100)]
    pub(super) priority: Option<i32>,
    /// Address that is told when the generation ends.
    pub(super) webhook: Option<String>,
    /// What that message is signed with; one is made when none is named, and told in the answer.
    pub(super) webhook_secret: Option<String>,
}

/// A text that the spec's words refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) bytes: Bytes,
}

/// A spec that was sent.
#[derive(Debug, Clone)]
pub(super) struct SentSpec {
    /// Name of its file, which tells its format.
    pub(super) file_name: String,
    /// Its text.
    pub(super) text: Bytes,
    /// What came with it.
    pub(super) attachments: Vec<Attached>,
    /// How its generation is to go.
    pub(super) options: Options,
}

/// Takes a spec out of a body, whatever it was sent as.
pub(super) async fn read(sent: &MediaType, body: Bytes, options: Options) -> Result<SentSpec, Fault> {
    if sent.essence == "multipart/form-data" {
        return read_parts(sent, body, options).await;
    }
    let Some(format) = Format::of_media_type(&sent.essence) else {
        let detail = "send the spec as application/json, application/yaml, application/toml, text/x-jdl, text/markdown, \
                      text/plain or multipart/form-data";
        return Err(Fault::new(codes::CONTENT_TYPE, detail));
    };
    Ok(SentSpec { file_name: format.file_name().to_owned(), text: body, attachments: Vec::new(), options })
}

async fn read_parts(sent: &MediaType, body: Bytes, mut options: Options) -> Result<SentSpec, Fault> {
    let boundary = multer::parse_boundary(&sent.whole)
        .map_err(|_| Fault::new(codes::CONTENT_TYPE, "multipart/form-data needs a boundary"))?;
    let mut parts = multer::Multipart::new(stream::iter([Ok::<_, std::io::Error>(body)]), boundary);
    let broken = |error: multer::Error| Fault::invalid(format!("the multipart body is wrong: {error}"));
    let mut spec = None;
    let mut attachments = Vec::new();
    let mut seen = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        if seen.len() == PARTS_MAX {
            return Err(Fault::invalid(format!("the multipart body has more than {PARTS_MAX} parts")));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let media_type = part.content_type().map(|media_type| media_type.essence_str().to_ascii_lowercase());
        let bytes = part.bytes().await.map_err(broken)?;
        if name == "attachment" {
            let name = file_name.ok_or_else(|| Fault::invalid("an `attachment` needs a filename"))?;
            attachments.push(Attached { name, bytes });
        } else if seen.contains(&name) {
            return Err(Fault::invalid(format!("the part {name:?} stands there twice")));
        } else if name == "spec" {
            spec = Some((spec_file_name(file_name, media_type.as_deref()), bytes));
        } else {
            set(&mut options, &name, &bytes)?;
        }
        seen.push(name);
    }
    let (file_name, text) = spec.ok_or_else(|| Fault::invalid("the multipart body has no part `spec`"))?;
    Ok(SentSpec { file_name, text, attachments, options })
}

/// The name of the file that somebody uploads, which is for problems and for the format; or one by what it was sent as.
fn spec_file_name(file_name: Option<String>, media_type: Option<&str>) -> String {
    let by_type = media_type.and_then(Format::of_media_type).filter(|format| *format != Format::Text);
    match (file_name, by_type) {
        (Some(name), _) if name.contains('.') => name,
        (_, Some(format)) => format.file_name().to_owned(),
        // Told by its content.
        _ => "spec".to_owned(),
    }
}

fn set(options: &mut Options, name: &str, bytes: &Bytes) -> Result<(), Fault> {
    let wrong = || Fault::invalid(format!("the part {name:?} is not what it must be"));
    let text = std::str::from_utf8(bytes).map_err(|_| wrong())?.trim();
    fn parsed<T: FromStr>(text: &str) -> Option<Option<T>> {
        text.parse().ok().map(Some)
    }
    match name {
        "project" => options.project = Some(text.to_owned()),
        "template" => options.template = Some(text.to_owned()),
        "webhook" => options.webhook = Some(text.to_owned()),
        "webhook_secret" => options.webhook_secret = Some(text.to_owned()),
        "verify" => options.verify = parsed(text).ok_or_else(wrong)?,
        "with_history" => options.with_history = parsed(text).ok_or_else(wrong)?,
        "priority" => options.priority = parsed(text).ok_or_else(wrong)?,
        _ => return Err(Fault::invalid(format!("the part {name:?} is not known"))),
    }
    Ok(())
}
