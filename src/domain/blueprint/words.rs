//! A name taken apart into words, and put together again in each case form.

use heck::{ToKebabCase, ToLowerCamelCase, ToSnakeCase, ToUpperCamelCase};

/// Words whose plural in software differs from the dictionary's, or that a dictionary calls uncountable.
const PLURALS: &[(&str, &str)] =
    &[("agenda", "agendas"), ("aid", "aids"), ("mail", "mails"), ("schema", "schemas"), ("stigma", "stigmas")];

/// Lower-case words of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    snake: String,
}

impl Words {
    /// Takes an identifier apart: `ISBNCode` has the words `isbn` and `code`.
    pub(super) fn of(identifier: &str) -> Self {
        Self { snake: identifier.to_snake_case() }
    }

    /// `BlogPost`.
    pub(super) fn pascal(&self) -> String {
        self.snake.to_upper_camel_case()
    }

    /// `blogPost`.
    pub(super) fn camel(&self) -> String {
        self.snake.to_lower_camel_case()
    }

    /// `blog_post`.
    pub(super) fn snake(&self) -> String {
        self.snake.clone()
    }

    /// `blog-post`.
    pub(super) fn kebab(&self) -> String {
        self.snake.to_kebab_case()
    }

    /// The words themselves.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.snake.split('_')
    }

    /// The last word.
    pub(super) fn last(&self) -> &str {
        self.iter().next_back().unwrap_or_default()
    }

    /// The same with one more word at the end.
    pub(super) fn and(&self, word: &str) -> Self {
        Self { snake: format!("{}_{word}", self.snake) }
    }

    /// The same with one more word at the front.
    pub(super) fn after(&self, word: &str) -> Self {
        Self { snake: format!("{word}_{}", self.snake) }
    }

    /// Many of them: `blog posts`, `people`, `news`.
    pub(super) fn plural(&self) -> Self {
        self.map_last(plural_of)
    }

    /// One of them: `tag` of `tags`.
    pub(super) fn singular(&self) -> Self {
        self.map_last(singular_of)
    }

    fn map_last(&self, change: impl Fn(&str) -> String) -> Self {
        let snake = match self.snake.rsplit_once('_') {
            Some((first, last)) => format!("{first}_{}", change(last)),
            None => change(&self.snake),
        };
        Self { snake }
    }
}

/// The plural of one lower-case word; the word itself when it has no other.
pub(super) fn plural_of(word: &str) -> String {
    if let Some((_, plural)) = PLURALS.iter().find(|(singular, _)| *singular == word) {
        return (*plural).to_owned();
    }
    let made = pluralizer::pluralize(word, 2, false);
    if is_plain(&made) { made } else { format!("{word}s") }
}

fn singular_of(word: &str) -> String {
    if let Some((singular, _)) = PLURALS.iter().find(|(_, plural)| *plural == word) {
        return (*singular).to_owned();
    }
    let made = pluralizer::pluralize(word, 1, false);
    if is_plain(&made) { made } else { word.to_owned() }
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}
