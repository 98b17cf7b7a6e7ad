namespace Avion.Training;

/// <summary>A vocabulary as far as it is known: of first weights, or of the captions that are to be read.</summary>
/// <param name="Size">Tokens.</param>
/// <param name="Digest">Of the merges; null where only their number is known.</param>
/// <param name="Path">What carries the merges; null for nothing.</param>
internal sealed record StartVocabulary(int Size, string? Digest, string? Path)
{
    private const int SizeOfClip = 49408;

    /// <summary>That of first weights; null where they read no texts.</summary>
    public static StartVocabulary? OfWeights(PretrainedWeights weights)
    {
        if (weights.Facts.FirstOrDefault(fact => fact.Kind == FactKind.Vocabulary) is not { } fact)
        {
            return null;
        }

        VocabularyIdentity? told = VocabularyIdentity.TryParse(weights.Details.Tokenizer);
        string? path = weights.Details.Vocabulary is not null ? weights.Path : VocabularyFiles.OfCheckpoint(weights.Path);
        int size = int.Parse(fact.Value, CultureInfo.InvariantCulture);
        return new StartVocabulary(size, path is null ? told?.Digest : VocabularyIdentity.Of(VocabularyFiles.ReadMerges(path)).Digest,
            path);
    }

    /// <summary>That of data which is open, else the one that a recipe names; null where one is trained on the captions.</summary>
    public static StartVocabulary? OfRecipe(Recipe recipe, TrainingData? data)
    {
        if (data?.Encoder is { } encoder)
        {
            return new StartVocabulary(encoder.VocabularySize, data.Vocabulary?.Digest, (data as CaptionedData)?.VocabularyPath);
        }

        if ((recipe.Options as DualEncoderOptions)?.Vocabulary is not { Length: > 0 } path)
        {
            return null;
        }

        VocabularyIdentity named = VocabularyIdentity.Of(VocabularyFiles.ReadMerges(path));
        return new StartVocabulary(named.Size, named.Digest, path);
    }

    /// <summary>Whether the same number stands for the same token, as far as is known.</summary>
    public bool IsSame(StartVocabulary other) =>
        Size == other.Size && (Digest is null || other.Digest is null || Digest == other.Digest);

    /// <inheritdoc />
    public override string ToString()
    {
        string whose = Digest is null && Size == SizeOfClip ? "CLIP's" : "one";
        string digest = Digest is null ? "" : $", digest {Digest[..Math.Min(8, Digest.Length)]}";
        return string.Create(CultureInfo.InvariantCulture, $"{whose} of {Size:N0} tokens{digest}{(Path is null ? "" : $" ('{Path}')")}");
    }
}
