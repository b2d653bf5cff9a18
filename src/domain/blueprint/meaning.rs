//! What a field is about, read from its name and its entity's.

use super::words::Words;

/// What a text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Meaning {
    FirstName,
    LastName,
    FullName,
    Login,
    Company,
    City,
    Country,
    CountryCode,
    Street,
    Address,
    PostalCode,
    Phone,
    Email,
    Url,
    Slug,
    Isbn,
    Code,
    Year,
    Job,
    Department,
    Product,
    Project,
    Task,
    Book,
    Article,
    Film,
    Event,
    Course,
    Dish,
    Category,
    Tag,
    Genre,
    Color,
    HexColor,
    Material,
    Currency,
    Language,
    LanguageCode,
    Version,
    IpAddress,
    FileName,
    MediaType,
    Remark,
    Description,
    Name,
}

/// Meanings by the last words of a field's name.
const BY_FIELD: &[(Meaning, &[&str])] = &[
    (Meaning::FirstName, &["first_name", "given_name", "forename"]),
    (Meaning::LastName, &["last_name", "surname", "family_name", "second_name"]),
    (
        Meaning::FullName,
        &[
            "full_name",
            "author",
            "contact",
            "owner",
            "manager",
            "customer",
            "client",
            "employee",
            "contact_name",
            "customer_name",
            "client_name",
            "contact_person",
            "person",
            "assignee",
            "reviewer",
            "recipient",
            "sender",
        ],
    ),
    (Meaning::Login, &["login", "username", "user_name", "nickname", "nick"]),
    (
        Meaning::Company,
        &[
            "company",
            "company_name",
            "organization",
            "organisation",
            "employer",
            "publisher",
            "brand",
            "manufacturer",
            "supplier",
            "vendor",
            "producer",
        ],
    ),
    (Meaning::City, &["city", "town", "place", "location", "birthplace", "destination", "origin"]),
    (Meaning::Country, &["country", "country_name", "nationality", "state", "region", "province"]),
    (Meaning::CountryCode, &["country_code"]),
    (Meaning::Street, &["street", "street_name"]),
    (Meaning::Address, &["address", "street_address", "address1", "address_line", "address_line1", "venue"]),
    (Meaning::PostalCode, &["postal_code", "postcode", "post_code", "zip", "zip_code", "zipcode"]),
    (Meaning::Phone, &["phone", "phone_number", "telephone", "tel", "mobile", "mobile_phone", "fax", "cell"]),
    (Meaning::Email, &["email", "e_mail", "email_address", "mail"]),
    (Meaning::Url, &["url", "website", "web_site", "homepage", "link", "web", "site", "uri"]),
    (Meaning::Slug, &["slug", "handle", "permalink"]),
    (Meaning::Isbn, &["isbn", "isbn13", "ean", "gtin", "barcode", "bar_code"]),
    (
        Meaning::Code,
        &[
            "code",
            "sku",
            "number",
            "reference",
            "ref",
            "serial",
            "serial_number",
            "article_number",
            "token",
            "key",
            "identifier",
            "vin",
            "plate",
            "no",
        ],
    ),
    (Meaning::Year, &["year"]),
    (Meaning::Job, &["job", "job_title", "position", "profession", "occupation", "role"]),
    (Meaning::Department, &["department", "team", "division"]),
    (Meaning::Product, &["product", "product_name", "item", "item_name"]),
    (Meaning::Project, &["project", "project_name"]),
    (Meaning::Task, &["task", "todo"]),
    (Meaning::Book, &["book", "book_title"]),
    (Meaning::Category, &["category", "type", "kind", "group", "section", "topic"]),
    (Meaning::Tag, &["tag", "label", "keyword", "keywords", "tags"]),
    (Meaning::Genre, &["genre", "style"]),
    (Meaning::Color, &["color", "colour"]),
    (Meaning::HexColor, &["hex_color", "color_code", "hex"]),
    (Meaning::Material, &["material"]),
    (Meaning::Currency, &["currency", "currency_code"]),
    (Meaning::Language, &["language"]),
    (Meaning::LanguageCode, &["locale", "lang", "language_code", "lang_key"]),
    (Meaning::Version, &["version", "release"]),
    (Meaning::IpAddress, &["ip", "ip_address"]),
    (Meaning::FileName, &["file", "filename", "file_name"]),
    (Meaning::MediaType, &["mime_type", "media_type", "content_type"]),
    (
        Meaning::Remark,
        &["comment", "remark", "note", "notes", "message", "feedback", "review", "reason", "answer", "reply"],
    ),
    (
        Meaning::Description,
        &[
            "description",
            "summary",
            "content",
            "body",
            "text",
            "about",
            "bio",
            "biography",
            "abstract",
            "details",
            "detail",
            "intro",
            "excerpt",
            "story",
            "overview",
            "instructions",
        ],
    ),
];

/// Names of rows by the last words of their entity's name; for fields such as `name` and `title`.
const BY_ENTITY: &[(Meaning, &[&str])] = &[
    (
        Meaning::FullName,
        &[
            "user",
            "person",
            "author",
            "customer",
            "client",
            "employee",
            "member",
            "student",
            "teacher",
            "patient",
            "doctor",
            "contact",
            "reader",
            "borrower",
            "guest",
            "player",
            "manager",
            "driver",
            "actor",
            "artist",
            "writer",
            "owner",
            "participant",
            "candidate",
            "visitor",
            "instructor",
            "lead",
        ],
    ),
    (
        Meaning::Company,
        &[
            "company",
            "organization",
            "organisation",
            "publisher",
            "supplier",
            "vendor",
            "brand",
            "manufacturer",
            "partner",
            "shop",
            "store",
            "agency",
            "account",
            "studio",
            "restaurant",
            "hotel",
            "clinic",
        ],
    ),
    (Meaning::City, &["city", "town", "location", "place", "branch"]),
    (Meaning::Country, &["country", "region", "state"]),
    (Meaning::Department, &["department", "team", "division"]),
    (Meaning::Job, &["job", "position", "vacancy", "role", "profession"]),
    (Meaning::Product, &["product", "item", "good", "article_item", "asset", "equipment"]),
    (Meaning::Project, &["project", "campaign", "initiative"]),
    (Meaning::Task, &["task", "todo", "ticket", "issue", "bug", "activity", "story", "request", "step"]),
    (Meaning::Book, &["book", "edition", "volume"]),
    (
        Meaning::Article,
        &[
            "article",
            "post",
            "news",
            "page",
            "story",
            "blog",
            "chapter",
            "document",
            "note",
            "essay",
            "newsletter",
            "topic",
            "question",
            "discussion",
        ],
    ),
    (Meaning::Film, &["film", "movie", "series", "episode", "song", "track", "album", "game", "show", "video"]),
    (
        Meaning::Event,
        &["event", "meeting", "conference", "appointment", "session", "workshop", "concert", "exhibition"],
    ),
    (Meaning::Course, &["course", "lesson", "subject", "lecture", "class", "training"]),
    (Meaning::Dish, &["dish", "recipe", "meal", "food", "menu"]),
    (Meaning::Category, &["category", "group", "section", "type", "kind", "catalog"]),
    (Meaning::Tag, &["tag", "label", "keyword"]),
    (Meaning::Genre, &["genre"]),
    (Meaning::Color, &["color", "colour"]),
    (Meaning::Material, &["material"]),
    (Meaning::Currency, &["currency"]),
    (Meaning::Language, &["language"]),
    (Meaning::FileName, &["file", "attachment", "upload"]),
    (Meaning::Remark, &["comment", "review", "message", "reply"]),
];

/// Fields that name their row.
const NAMING: &[&str] = &["name", "title", "label", "subject", "headline", "heading", "caption"];

/// What a text field is about.
pub(super) fn meaning_of(entity: &Words, field: &Words, many_lines: bool) -> Meaning {
    if many_lines {
        let remark = look_up(BY_FIELD, field) == Some(Meaning::Remark)
            || (look_up(BY_ENTITY, entity) == Some(Meaning::Remark) && look_up(BY_FIELD, field).is_some());
        return if remark { Meaning::Remark } else { Meaning::Description };
    }
    if NAMING.contains(&field.snake().as_str()) {
        return look_up(BY_ENTITY, entity).unwrap_or(Meaning::Name);
    }
    if let Some(meaning) = look_up(BY_FIELD, field) {
        // The text of a comment reads as a remark.
        let in_remark = meaning == Meaning::Description && look_up(BY_ENTITY, entity) == Some(Meaning::Remark);
        return if in_remark { Meaning::Remark } else { meaning };
    }
    if NAMING.contains(&field.last()) { look_up(BY_ENTITY, entity).unwrap_or(Meaning::Name) } else { Meaning::Name }
}

/// The meaning whose key is the longest end of the name, counted in words.
fn look_up(table: &[(Meaning, &[&str])], name: &Words) -> Option<Meaning> {
    let snake = name.snake();
    let ends =
        std::iter::once(snake.as_str()).chain(snake.match_indices('_').filter_map(|(at, _)| snake.get(at + 1..)));
    ends.into_iter().find_map(|end| table.iter().find(|(_, keys)| keys.contains(&end)).map(|(meaning, _)| *meaning))
}
