//! What a price file says of a model besides its price.

/// What a model is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Conversation.
    #[default]
    Chat,
    /// Conversation, by the Responses interface.
    Responses,
    /// Text that goes on.
    Completion,
    /// Vectors of texts.
    Embedding,
}

impl Mode {
    const ALL: [Self; 4] = [Self::Chat, Self::Responses, Self::Completion, Self::Embedding];

    /// Name in price files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Completion => "completion",
            Self::Embedding => "embedding",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// Something that not every model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Hears sound.
    AudioInput,
    /// Keeps the beginning of a conversation in a cache.
    PromptCaching,
    /// Reads PDF files.
    PdfInput,
    /// Calls several functions at once.
    ParallelFunctionCalling,
    /// Thinks before it answers.
    Reasoning,
    /// Keeps to a JSON schema.
    ResponseSchema,
    /// Calls functions.
    FunctionCalling,
    /// Sees pictures.
    Vision,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AudioInput,
        Self::PromptCaching,
        Self::PdfInput,
        Self::ParallelFunctionCalling,
        Self::Reasoning,
        Self::ResponseSchema,
        Self::FunctionCalling,
        Self::Vision,
    ];

    /// Name in the overlay and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.names().1
    }

    /// Its letter in the snapshot, and its name.
    const fn names(self) -> (char, &'static str) {
        match self {
            Self::AudioInput => ('a', "audio_input"),
            Self::PromptCaching => ('c', "prompt_caching"),
            Self::PdfInput => ('d', "pdf_input"),
            Self::ParallelFunctionCalling => ('p', "parallel_function_calling"),
            Self::Reasoning => ('r', "reasoning"),
            Self::ResponseSchema => ('s', "response_schema"),
            Self::FunctionCalling => ('t', "function_calling"),
            Self::Vision => ('v', "vision"),
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.name() == name)
    }

    pub(super) fn of_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.names().0 == letter)
    }
}

/// Features of a model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features(u8);

impl Features {
    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u8) != 0
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Self {
        Self(self.0 | 1 << feature as u8)
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.into_iter().filter(move |feature| self.has(*feature))
    }
}

/// What a price file says of a model besides its price. What it does not say may still be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// What it is asked for.
    pub mode: Mode,
    /// Most tokens of a question.
    pub context_tokens: Option<u64>,
    /// Most tokens of an answer.
    pub max_output_tokens: Option<u64>,
    /// What it can do.
    pub features: Features,
    /// When its vendor switches it off, `YYYY-MM-DD`.
    pub deprecated_at: Option<Box<str>>,
}
