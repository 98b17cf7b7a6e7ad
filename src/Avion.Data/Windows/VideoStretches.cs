using System.Collections.Concurrent;

namespace Avion.Data;

/// <summary>When videos begin and end, by their names: so that what was looked at once need not be opened again.
/// Safe for threads.</summary>
public sealed class VideoStretches
{
    private readonly ConcurrentDictionary<string, (double Start, double End)> _stretches = new(StringComparer.Ordinal);

    /// <summary>Beginning and end of a video in seconds; null where it was not looked at.</summary>
    public (double Start, double End)? this[string video] => _stretches.TryGetValue(video, out (double, double) stretch) ? stretch : null;

    /// <summary>Tells of a video.</summary>
    public void Add(string video, double start, double end) => _stretches[video] = (start, end);

    internal (double Start, double End) GetOrMeasure(string video, Func<string, (double Start, double End)> measure) =>
        _stretches.TryGetValue(video, out (double, double) stretch) ? stretch : _stretches[video] = measure(video);
}
