//! Words that sample rows are made of, by language.

use super::{words_en, words_ru};

/// A list of words.
pub(super) type List = &'static [&'static str];

/// Words of one language. Each list has at least one item.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// First and last names.
    pub(super) people: &'static [(&'static str, &'static str)],
    /// Cities with their country and its ISO 3166 code.
    pub(super) places: &'static [(&'static str, &'static str, &'static str)],
    /// Streets.
    pub(super) streets: List,
    /// Start of a telephone number that nobody has; two digits follow.
    pub(super) phone: &'static str,
    /// House number before the street (`12 Mill Road`) or after it (`ул. Мира, 12`).
    pub(super) number_first: bool,
    /// Companies.
    pub(super) companies: List,
    /// Job titles.
    pub(super) jobs: List,
    /// Departments.
    pub(super) departments: List,
    /// Goods.
    pub(super) products: List,
    /// Projects.
    pub(super) projects: List,
    /// Things to do.
    pub(super) tasks: List,
    /// Titles of books.
    pub(super) books: List,
    /// Titles of articles.
    pub(super) articles: List,
    /// Titles of films.
    pub(super) films: List,
    /// Events.
    pub(super) events: List,
    /// Courses.
    pub(super) courses: List,
    /// Dishes.
    pub(super) dishes: List,
    /// Groups that goods or texts fall into.
    pub(super) categories: List,
    /// Short labels.
    pub(super) tags: List,
    /// Genres.
    pub(super) genres: List,
    /// Colours.
    pub(super) colors: List,
    /// Materials.
    pub(super) materials: List,
    /// Languages.
    pub(super) languages: List,
    /// Proper names that suit anything.
    pub(super) names: List,
    /// Remarks of one sentence.
    pub(super) remarks: List,
    /// Sentences that describe something.
    pub(super) descriptions: List,
}

/// Words of the first language known, English for all others.
pub(super) fn lexicon(languages: &[String]) -> &'static Lexicon {
    let primary = languages.first().map(|tag| tag.split('-').next().unwrap_or_default().to_ascii_lowercase());
    match primary.as_deref() {
        Some("ru") => &words_ru::WORDS,
        _ => &words_en::WORDS,
    }
}
