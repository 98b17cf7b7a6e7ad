namespace Avion.Data;

/// <summary>A set of samples, each of which can be drawn as a clip.</summary>
public interface IClipDataset
{
    /// <summary>Samples in one epoch.</summary>
    int Count { get; }

    /// <summary>Class labels that each sample carries: 0 for captions only, 1 for a class, 3 for verb, noun and action.</summary>
    int LabelCount { get; }

    /// <summary>One more than the highest <see cref="ClipRequest.SampleId"/>.</summary>
    long IdCount => Count;

    /// <summary>Which clips of its annotations have a video; empty where nothing was looked for.</summary>
    IReadOnlyList<ClipCensus> Censuses => [];

    /// <summary>Reads through all that the set says of its samples, so that a run goes on with what it began with; null where the set
    /// does not tell.</summary>
    ClipSetDigest? ComputeDigest() => null;

    /// <summary>How many frames of its video a sample may be made of, so that more cannot differ; a large number where that is not
    /// known.</summary>
    /// <param name="index">The sample.</param>
    /// <param name="frameCount">T, frames of a clip.</param>
    /// <param name="videos">Answers for the files' lengths.</param>
    /// <exception cref="DataException">The sample's video is missing or unusable.</exception>
    int FramesOf(int index, int frameCount, IClipSource videos) => int.MaxValue;

    /// <summary>Fills a request with what a sample is under a key. A pure function of the key and of the files' sizes; safe to call from
    /// several threads, each with its own <paramref name="videos"/> and <paramref name="request"/>.</summary>
    /// <exception cref="DataException">The sample's video is missing or unusable.</exception>
    void Draw(in SampleKey key, IClipSource videos, ClipRequest request);

    /// <summary>Names a sample for a message: its video and times.</summary>
    string Describe(in SampleKey key);
}
