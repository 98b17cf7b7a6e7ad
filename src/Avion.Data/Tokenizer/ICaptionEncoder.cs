namespace Avion.Data;

/// <summary>Turns captions into token numbers. Safe to use from several threads at once.</summary>
public interface ICaptionEncoder
{
    /// <summary>V: size of the embedding table that the token numbers index.</summary>
    int VocabularySize { get; }

    /// <summary>Writes start-of-text, the caption's tokens and end-of-text, and says how many; a caption that is too long is cut so that
    /// the last token is end-of-text.</summary>
    /// <exception cref="ArgumentException"><paramref name="tokens"/> has room for fewer than two.</exception>
    int Encode(ReadOnlySpan<byte> utf8, Span<int> tokens);
}
