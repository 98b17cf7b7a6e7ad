using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Unit vectors of the clips of a data set, each sample once, with the labels that it carries.</summary>
/// <remarks>C clips that could be read, E joint space, L labels of a clip.</remarks>
public sealed class ClipFeatures
{
    private readonly List<float> _values = [];
    private readonly List<long> _sampleIds = [];
    private readonly List<int> _labels = [];
    private readonly HashSet<long> _seen = [];

    private ClipFeatures(int size) => Size = size;

    /// <summary>E.</summary>
    public int Size { get; }

    /// <summary>C.</summary>
    public int Count => _sampleIds.Count;

    /// <summary>L.</summary>
    public int LabelCount { get; private set; }

    /// <summary>Clips that could not be read and are left out.</summary>
    public int UnreadableClips { get; private set; }

    /// <summary>[C, E].</summary>
    public ReadOnlySpan<float> Values => CollectionsMarshal.AsSpan(_values);

    /// <summary>Number of each clip in its data set, [C].</summary>
    public IReadOnlyList<long> SampleIds => _sampleIds;

    /// <summary>Labels, [C, L]; -1 where unknown.</summary>
    public ReadOnlySpan<int> Labels => CollectionsMarshal.AsSpan(_labels);

    /// <summary>The vector of one clip, [E].</summary>
    public ReadOnlySpan<float> this[int clip] => Values.Slice(clip * Size, Size);

    /// <summary>Runs the vision tower over one pass of a loader; a sample that comes again is not taken again.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loader">Gives the samples; unreadable ones are marked, not replaced.</param>
    /// <param name="averagesFlips">Takes the mean of the vectors of a clip and of its mirror image, scaled to length one.</param>
    /// <param name="take">Called for each clip that is taken, with its batch and its place there; null for none.</param>
    /// <param name="progress">Called with the number of clips done; null for none.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static ClipFeatures Extract(DualEncoder model, ClipLoader loader, bool averagesFlips, Action<ClipBatch, int>? take,
        Action<int>? progress, CancellationToken cancellation)
    {
        ClipFeatures features = new(model.Config.EmbeddingSize);
        using Tape tape = new(model.Device) { IsRecording = false };
        int done = 0;
        while (loader.Next(cancellation) is { } batch)
        {
            using (batch)
            {
                float[] vectors = Encode(model, tape, batch);
                if (averagesFlips)
                {
                    MirrorImages.Mirror(batch);
                    UnitVectors.AverageWith(Encode(model, tape, batch), vectors, features.Size);
                }

                features.Take(batch, vectors, take);
                done += batch.Count;
                progress?.Invoke(done);
            }
        }

        return features;
    }

    /// <summary>Warns of clips that could not be read.</summary>
    /// <exception cref="RunException">No clip at all could be read: there is nothing to score.</exception>
    internal void RequireSome(ClipLoader loader, int clips, ITrainingObserver observer)
    {
        if (UnreadableClips == 0)
        {
            return;
        }

        BadClip first = loader.BadClips[0];
        string example = $"the first is {first.Sample}: {first.Reason}";
        if (Count == 0)
        {
            throw new RunException($"None of the {clips} clips to evaluate on could be read; "
                + $"{example} Check data.validation.videos and the captions.");
        }

        observer.Warning($"{UnreadableClips} of {clips} clips could not be read and are left out of the evaluation; {example}");
    }

    private static float[] Encode(DualEncoder model, Tape tape, ClipBatch batch)
    {
        tape.Reset();
        float[] vectors = new float[batch.Count * model.Config.EmbeddingSize];
        model.Device.Download(model.EncodeVideo(tape, BatchTensors.PixelsOf(batch, tape)), vectors);
        return vectors;
    }

    private void Take(ClipBatch batch, float[] vectors, Action<ClipBatch, int>? take)
    {
        LabelCount = batch.LabelCount;
        for (int i = 0; i < batch.Count; i++)
        {
            if (!_seen.Add(batch.SampleIds[i]))
            {
                continue;
            }

            if (batch.Missing[i] != 0)
            {
                UnreadableClips++;
                continue;
            }

            _values.AddRange(vectors.AsSpan(i * Size, Size));
            _sampleIds.Add(batch.SampleIds[i]);
            _labels.AddRange(batch.Labels.Slice(i * LabelCount, LabelCount));
            take?.Invoke(batch, i);
        }
    }
}
