using System.Diagnostics;

namespace Avion.Training;

/// <summary>Clips in, features out, in order: threads read ahead while the model computes whole batches.</summary>
/// <remarks>
/// Batch k holds the same clips whatever came before, so that a pass that begins at batch k goes on bit by bit like one that began at 0.
/// Memory: the loader's batches and one batch of results, however many clips there are. Clips that cannot be read are told and have no
/// row. The views of a clip are averaged: of unit vectors the mean scaled to length one, of logits the mean; views that cannot be read are
/// left out.
/// </remarks>
public sealed class FeatureStream : IDisposable
{
    private readonly FeatureExtractor _extractor;
    private readonly FeatureOptions _options;
    private readonly ClipTable _table;
    private readonly ClipLoader _loader;
    private readonly int _views;
    private long _clips, _samples, _started, _ended, _modelTicks;

    /// <summary>Starts reading.</summary>
    /// <param name="extractor">The model.</param>
    /// <param name="clips">What is read; at least one clip.</param>
    /// <param name="options">Batches, threads and views.</param>
    /// <param name="firstBatch">The batch to begin with.</param>
    /// <exception cref="DataException">There is no clip.</exception>
    public FeatureStream(FeatureExtractor extractor, ClipWindows clips, FeatureOptions options, int firstBatch = 0)
    {
        (_extractor, _options, _table, _views) = (extractor, options, clips.Table, options.Views);
        int samples = SamplesOfBatch(options);
        ClipDataset dataset = new(clips.Table, clips.Store, extractor.FramesOf(options.TemporalViews),
            FeatureExtractor.CropsOf(options.Crops))
        {
            DrawCaptions = false,
        };
        BatchPlan plan = new(dataset.Count, samples, seed: 0, shuffle: false, dropLast: false);
        BatchCount = plan.StepsPerEpoch;
        Threads = options.DecodeThreads > 0 ? options.DecodeThreads : Environment.ProcessorCount;
        LoaderOptions loading = new()
        {
            FrameCount = extractor.FrameCount, Height = extractor.ImageSize, Width = extractor.ImageSize, ContextLength = 0,
            DecodeThreads = Threads, BadClips = BadClipPolicy.Mark, MaximumBadFraction = 1,
        };
        GivenUpVideos givenUp = new();
        _loader = new ClipLoader(dataset, plan, encoder: null, () => givenUp.Wrap(new VideoClipSource()), loading,
            new RunPosition(0, firstBatch), endEpoch: 1);
    }

    /// <summary>Batches of a whole pass.</summary>
    public int BatchCount { get; }

    /// <summary>Threads that read.</summary>
    public int Threads { get; }

    /// <summary>What was done so far.</summary>
    public FeatureStatistics Statistics
    {
        get
        {
            LoaderStatistics read = _loader.Statistics;
            return new FeatureStatistics(_clips, _samples, Seconds(_ended - _started), read.ConsumerWaitSeconds, Seconds(_modelTicks),
                read.Clips == 0 ? 0 : read.DecodeSeconds * _samples / read.Clips, Threads);
        }
    }

    /// <summary>Batches of a pass over so many clips.</summary>
    public static int CountBatches(int clips, FeatureOptions options) =>
        (int)((((long)clips * options.Views) + SamplesOfBatch(options) - 1) / SamplesOfBatch(options));

    /// <summary>The next batch; null at the end.</summary>
    /// <exception cref="DataException">A thread hangs on a file.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public FeatureBatch? Next(CancellationToken cancellation = default)
    {
        _started = _started == 0 ? Stopwatch.GetTimestamp() : _started;
        using ClipBatch? batch = _loader.Next(cancellation);
        if (batch is null)
        {
            return null;
        }

        long began = Stopwatch.GetTimestamp();
        float[][] values = _extractor.OfBatch(batch);
        _modelTicks += Stopwatch.GetTimestamp() - began;
        FeatureBatch features = Gather(batch, values);
        (_clips, _samples, _ended) = (_clips + features.ClipCount, _samples + batch.Count, Stopwatch.GetTimestamp());
        return features;
    }

    /// <inheritdoc />
    public void Dispose() => _loader.Dispose();

    // The views of a clip never lie in two batches.
    private static int SamplesOfBatch(FeatureOptions options) => (options.BatchSize + options.Views - 1) / options.Views * options.Views;

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;

    private FeatureBatch Gather(ClipBatch batch, float[][] values)
    {
        Dictionary<int, string> reasons = batch.BadClips.ToDictionary(bad => bad.SampleIndex, bad => bad.Reason);
        List<FeatureRow> rows = [];
        List<UnreadableClip> unreadable = [];
        int kept = 0, clips = batch.Count / _views;
        for (int i = 0; i < clips; i++)
        {
            int first = i * _views, clip = checked((int)(batch.SampleIds[first] / _views));
            ReadOnlySpan<byte> missing = batch.Missing.Slice(first, _views);
            if (missing.Contains((byte)1) && (_options.KeepsViews || !missing.Contains((byte)0)))
            {
                string reason = reasons.GetValueOrDefault((clip * _views) + missing.IndexOf((byte)1), "it cannot be read");
                unreadable.Add(new UnreadableClip(RowOf(clip), reason));
                continue;
            }

            if (_options.KeepsViews)
            {
                for (int view = 0; view < _views; view++)
                {
                    Move(values, first + view, kept++);
                    rows.Add(RowOf(clip) with { View = view });
                }
            }
            else
            {
                Average(values, missing, first);
                Move(values, first, kept++);
                rows.Add(RowOf(clip));
            }
        }

        for (int output = 0; output < values.Length; output++)
        {
            Array.Resize(ref values[output], kept * _extractor.Outputs[output].Size);
        }

        return new FeatureBatch(batch.Position.Step, clips, _extractor.Outputs, [.. rows], values, [.. unreadable]);
    }

    private FeatureRow RowOf(int clip)
    {
        ClipRow row = _table[clip];
        return new FeatureRow(clip, _table.Videos[row.Video], row.Span);
    }

    private void Move(float[][] values, int from, int to)
    {
        for (int output = 0; output < values.Length && from != to; output++)
        {
            int size = _extractor.Outputs[output].Size;
            values[output].AsSpan(from * size, size).CopyTo(values[output].AsSpan(to * size, size));
        }
    }

    /// <summary>Puts the mean of the views that could be read in the place of the first.</summary>
    private void Average(float[][] values, ReadOnlySpan<byte> missing, int first)
    {
        int readable = missing.Count((byte)0);
        for (int output = 0; output < values.Length && _views > 1; output++)
        {
            (int size, bool isUnit) = (_extractor.Outputs[output].Size, _extractor.Outputs[output].IsUnit);
            Span<float> mean = values[output].AsSpan(first * size, size);
            for (int i = 0; i < size; i++)
            {
                double sum = 0;
                for (int view = 0; view < _views; view++)
                {
                    sum += missing[view] == 0 ? values[output][((first + view) * size) + i] : 0;
                }

                mean[i] = (float)(sum / readable);
            }

            if (isUnit)
            {
                UnitVectors.Normalize(mean, size);
            }
        }
    }
}
