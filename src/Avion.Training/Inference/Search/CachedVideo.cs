namespace Avion.Training;

/// <summary>What is known of the clips of one video.</summary>
/// <param name="content">Digest of its bytes; null until they are read.</param>
internal sealed class CachedVideo(string? content = null)
{
    private readonly Dictionary<ClipSpan, (FeatureSet Set, int Row)> _features = [];
    private readonly Dictionary<ClipSpan, string> _failures = [];

    /// <summary>Digest of its bytes; null until they are read.</summary>
    public string? Content { get; set; } = content;

    /// <summary>When it begins and ends, in seconds; null until it is opened.</summary>
    public (double Start, double End)? Stretch { get; set; }

    /// <summary>Whether it is known what a part gives, if only that it cannot be read.</summary>
    public bool Knows(ClipSpan span) => _features.ContainsKey(span) || _failures.ContainsKey(span);

    /// <summary>Why a part cannot be read; null where it can.</summary>
    public string? FailureOf(ClipSpan span) => _failures.GetValueOrDefault(span);

    /// <summary>The vector of a part; empty where there is none.</summary>
    public ReadOnlySpan<float> VectorOf(ClipSpan span) =>
        _features.TryGetValue(span, out (FeatureSet Set, int Row) place) ? place.Set.Values(0, place.Row) : [];

    /// <summary>Adds the vector of a part: a row of a set.</summary>
    public void Add(ClipSpan span, FeatureSet set, int row) => _features[span] = (set, row);

    /// <summary>Adds a part that cannot be read.</summary>
    public void Fail(ClipSpan span, string reason) => _failures[span] = reason;
}
