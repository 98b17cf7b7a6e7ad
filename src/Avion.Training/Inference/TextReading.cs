namespace Avion.Training;

/// <summary>A text as a model reads it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tokens">Its tokens, start and end included, cut to the model's context.</param>
/// <param name="TokenCount">Tokens that it would have uncut.</param>
public sealed record TextReading(string Text, int[] Tokens, int TokenCount)
{
    private const int Shown = 40;

    /// <summary>Whether the model reads only the beginning.</summary>
    public bool IsCut => TokenCount > Tokens.Length;

    /// <summary>Whether nothing of it is a word: only start and end are read.</summary>
    public bool IsEmpty => TokenCount <= 2;

    /// <summary>What a user should know, as a sentence; null where all of it is read.</summary>
    public string? Note => IsEmpty ? $"The text '{Text}' has no words: its vector is that of nothing."
        : IsCut ? $"The text '{(Text.Length > Shown ? Text[..Shown] + "…" : Text)}' has "
            + string.Create(CultureInfo.InvariantCulture, $"{TokenCount} tokens, the model reads {Tokens.Length}: ")
            + "what follows is left out. Say it shorter."
        : null;
}
