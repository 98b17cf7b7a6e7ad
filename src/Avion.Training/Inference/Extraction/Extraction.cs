using System.Diagnostics;

namespace Avion.Training;

/// <summary>Writes the features of clips into a folder, and goes on where an earlier run ended, however it ended.</summary>
/// <remarks>
/// Clips that cannot be read are listed in <c>failures.jsonl</c> and have no row. Every few seconds all files are put on the disk and
/// <c>extract.json</c> says how long they are; the next run cuts off what stands behind. Batches hold the same clips in every run, so what
/// comes out does not depend on where a run was stopped. Memory does not grow with the number of clips, but for their names and times.
/// </remarks>
public sealed class Extraction
{
    private const int ListedFailures = 1000;

    private readonly FeatureExtractor _extractor;
    private readonly ClipWindows _clips;
    private readonly ExtractionOptions _options;
    private readonly PredictionLines? _predictions;
    private ExtractionState _state;

    private Extraction(FeatureExtractor extractor, ClipWindows clips, ExtractionOptions options, PredictionLines? predictions, ExtractionState state) =>
        (_extractor, _clips, _options, _predictions, _state, ResumedClips) = (extractor, clips, options, predictions, state, state.ClipsDone);

    /// <summary>Clips that an earlier run has done.</summary>
    public int ResumedClips { get; }

    /// <summary>Clips of the list.</summary>
    public int ClipCount => _state.Clips;

    /// <summary>Names of all files that an extraction may leave in its folder, first the one that tells of them.</summary>
    public static IReadOnlyList<string> FilesOf(FeatureExtractor extractor) =>
    [
        ExtractionState.FileName, .. FeatureOutput.FilesOf(extractor.Outputs), ClipLines.FileName, ClipLines.FailuresFileName, PredictionLines.FileName,
        FeatureForms.ParquetName, FeatureForms.SafetensorsName,
    ];

    /// <summary>Clips of a folder that are on the disk, whichever process put them there; 0 where there is no extraction.</summary>
    /// <exception cref="RunException">The folder does not tell.</exception>
    public static int CountDone(string folder) => ExtractionState.TryRead(folder)?.ClipsDone ?? 0;

    /// <summary>Finds out what there is to do; nothing is written yet, and what was written is kept.</summary>
    /// <param name="extractor">The model.</param>
    /// <param name="clips">The clips.</param>
    /// <param name="options">Where to, and how.</param>
    /// <exception cref="RunException">The folder holds other features, or files that are none of an extraction.</exception>
    public static Extraction Open(FeatureExtractor extractor, ClipWindows clips, ExtractionOptions options)
    {
        PredictionLines? predictions = options.Predictions > 0 ? new PredictionLines(extractor, options) : null;
        StoredOutput[] outputs = [.. extractor.Outputs.Zip(FeatureOutput.FilesOf(extractor.Outputs),
            static (output, file) => new StoredOutput(output.Name, output.Size, output.IsUnit, file))];
        ExtractionState state = new()
        {
            Weights = extractor.WeightsText,
            MadeOf = IdentityOf(extractor, clips, options),
            Clips = clips.Table.Count,
            Outputs = outputs,
            Batches = FeatureStream.CountBatches(clips.Table.Count, options.Features),
        };
        ExtractionState? earlier = options.Replaces ? null : ExtractionState.TryRead(options.Folder);
        if (earlier is null)
        {
            RefuseForeignFiles(options, extractor);
            return new Extraction(extractor, clips, options, predictions, state);
        }

        string[] differences = [.. earlier.DifferencesTo(state)];
        return differences.Length == 0 ? new Extraction(extractor, clips, options, predictions, earlier)
            : throw new RunException($"'{options.Folder}' holds {(earlier.Complete ? "" : "the beginning of ")}other features: what differs is "
                + $"{string.Join(", ", differences)}. Name another folder, or begin anew with --force.");
    }

    /// <summary>Computes what is missing and completes the files.</summary>
    /// <param name="progress">Called after each batch; null for none.</param>
    /// <param name="cancellation">Stops between batches; what is done is kept for the next run.</param>
    public ExtractionResult Run(Action<ExtractionProgress>? progress = null, CancellationToken cancellation = default)
    {
        FeatureStatistics statistics = default;
        long allocated = GC.GetTotalAllocatedBytes();
        if (!_state.Complete)
        {
            Directory.CreateDirectory(_options.Folder);
            if (_options.Replaces && _state.Bytes.Count == 0)
            {
                // What tells of the files goes first.
                foreach (string name in FilesOf(_extractor))
                {
                    File.Delete(Path.Combine(_options.Folder, name));
                }
            }

            if (_state.BatchesDone < _state.Batches || _state.Bytes.Count == 0)
            {
                statistics = Compute(progress, cancellation);
            }

            _state = _state with { Files = FeatureForms.Complete(_options.Folder, _options.Form, _state), Complete = true };
            _state.Write(_options.Folder);
        }

        string failures = Path.Combine(_options.Folder, ClipLines.FailuresFileName);
        return new ExtractionResult
        {
            ClipCount = _state.Clips, RowCount = _state.Rows, UnreadableClips = _state.UnreadableClips, ResumedClips = ResumedClips,
            Files = _state.Files, Statistics = statistics, AllocatedBytes = GC.GetTotalAllocatedBytes() - allocated,
            Failures = File.Exists(failures) ? [.. ClipLines.ReadFailures(failures).Take(ListedFailures)] : [],
        };
    }

    private static Dictionary<string, string> IdentityOf(FeatureExtractor extractor, ClipWindows clips, ExtractionOptions options)
    {
        RunArithmetic arithmetic = RunArithmetic.Of(extractor.Arithmetic);
        FeatureOptions features = options.Features;
        return new Dictionary<string, string>
        {
            ["weights"] = FileDigest.Of(extractor.ModelPath).Sha256,
            ["videos"] = clips.ComputeDigest(),
            ["windows"] = clips.Rule.ToString(),
            ["frames_of_a_clip"] = extractor.FramesText,
            ["views"] = string.Create(CultureInfo.InvariantCulture,
                $"{features.TemporalViews} times {features.Crops}, {(features.KeepsViews ? "apart" : "averaged")}"),
            ["batch_size"] = features.BatchSize.ToString(CultureInfo.InvariantCulture),
            ["predictions"] = options.Predictions.ToString(CultureInfo.InvariantCulture),
            ["form"] = options.Form.ToString(),
            ["matrix_library"] = arithmetic.MatrixLibrary,
            ["instructions"] = arithmetic.Instructions,
            ["precision"] = arithmetic.Precision,
            ["decoder"] = arithmetic.Decoder,
        };
    }

    private static void RefuseForeignFiles(ExtractionOptions options, FeatureExtractor extractor)
    {
        if (!options.Replaces && FilesOf(extractor).FirstOrDefault(name => File.Exists(Path.Combine(options.Folder, name))) is { } foreign)
        {
            throw new RunException($"'{Path.Combine(options.Folder, foreign)}' is there already, and no {ExtractionState.FileName} tells what it is of. "
                + "Name another folder, or replace it with --force.");
        }
    }

    private FeatureStatistics Compute(Action<ExtractionProgress>? progress, CancellationToken cancellation)
    {
        using FeatureSpool spool = new(_options.Folder, _state.Outputs, _state.Bytes, _predictions is not null);
        if (_state.Bytes.Count == 0)
        {
            foreach (BadVideo bad in _clips.Bad)
            {
                ClipLines.WriteFailure(spool[ClipLines.FailuresFileName], new FeatureRow(-1, bad.Name, ClipSpan.Whole), bad.Reason);
            }

            Save(spool);
        }

        if (_state.Clips == 0)
        {
            return default;
        }

        using FeatureStream stream = new(_extractor, _clips, _options.Features, _state.BatchesDone);
        using ClipExtents extents = new(_clips.Store, static () => new VideoClipSource());
        long saved = Stopwatch.GetTimestamp();
        try
        {
            while (stream.Next(cancellation) is { } batch)
            {
                Append(spool, batch, extents);
                progress?.Invoke(new ExtractionProgress(_state.ClipsDone, _state.Clips, _state.UnreadableClips, stream.Statistics));
                if (Stopwatch.GetElapsedTime(saved).TotalSeconds >= _options.SaveSeconds)
                {
                    Save(spool);
                    saved = Stopwatch.GetTimestamp();
                }
            }
        }
        catch (OperationCanceledException)
        {
            Save(spool);
            throw;
        }

        Save(spool);
        return stream.Statistics;
    }

    private void Append(FeatureSpool spool, FeatureBatch batch, ClipExtents extents)
    {
        for (int output = 0; output < _state.Outputs.Length; output++)
        {
            spool.Append(_state.Outputs[output], batch.Values(output));
        }

        for (int row = 0; row < batch.Rows.Count; row++)
        {
            FeatureRow clip = batch.Rows[row];
            clip = clip with { Span = extents.Of(clip.File, clip.Span) };
            ClipLines.Write(spool[ClipLines.FileName], clip, _options.Features.KeepsViews);
            _predictions?.Write(spool[PredictionLines.FileName], clip, batch, row);
        }

        foreach (UnreadableClip bad in batch.Unreadable)
        {
            ClipLines.WriteFailure(spool[ClipLines.FailuresFileName], bad.Row, bad.Reason);
        }

        _state = _state with
        {
            BatchesDone = batch.Number + 1, ClipsDone = _state.ClipsDone + batch.ClipCount, Rows = _state.Rows + batch.Rows.Count,
            UnreadableClips = _state.UnreadableClips + batch.Unreadable.Count,
        };
    }

    private void Save(FeatureSpool spool)
    {
        _state = _state with { Bytes = spool.Sync() };
        _state.Write(_options.Folder);
    }
}
