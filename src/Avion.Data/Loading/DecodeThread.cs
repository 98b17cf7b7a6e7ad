using System.Diagnostics;

namespace Avion.Data;

/// <summary>Makes clips, one after the other, into places of batches; owns a source of frames and counts what it does.</summary>
internal sealed class DecodeThread
{

    private readonly IClipDataset _dataset;
    private readonly ICaptionEncoder? _encoder;
    private readonly LoaderOptions _options;
    private readonly ClipRequest _request;
    private readonly CancellationToken _stop;
    private readonly int _replacementAttempts;
    private readonly AugmentationScratch _scratch = new();
    private SampleKey _sample;

    public DecodeThread(
        IClipDataset dataset, ICaptionEncoder? encoder, LoaderOptions options, IClipSource source, CancellationToken stop)
    {
        (_dataset, _encoder, _options, _stop) = (dataset, encoder, options, stop);
        Source = source;
        _replacementAttempts = AttemptsFor(options.MaximumBadFraction);
        _request = new ClipRequest(options.FrameCount, options.Height, options.Width, dataset.LabelCount);
    }

    public IClipSource Source { get; }

    public Thread? Thread { get; set; }

    /// <summary>When the clip in work was begun, by Stopwatch; 0 between clips. With the counts below written by this thread, read by
    /// any.</summary>
    public long ClipStarted;

    /// <summary>Clips made, and the time that making them and waiting for a free batch took.</summary>
    public long Clips, DecodeTicks, IdleTicks;

    /// <summary>What of <see cref="DecodeTicks"/> was opening and reading files, and how many bytes that gave.</summary>
    public long ReadTicks, BytesRead;

    /// <summary>Names the sample in work.</summary>
    public string DescribeSample() => _dataset.Describe(_sample);

    /// <summary>Makes one clip; an error that is no property of a clip becomes the step's fault.</summary>
    public void Make(ClipBatch batch, int slot)
    {
        long started = Stopwatch.GetTimestamp();
        Volatile.Write(ref ClipStarted, started);
        try
        {
            MakeOrReplace(batch, slot);
        }
        catch (Exception error)
        {
            batch.Step.Fail(batch, slot, error);
        }

        Volatile.Write(ref ClipStarted, 0);
        Volatile.Write(ref DecodeTicks, DecodeTicks + (Stopwatch.GetTimestamp() - started));
        Volatile.Write(ref ReadTicks, Source.ReadTicks);
        Volatile.Write(ref BytesRead, Source.BytesRead);
        Volatile.Write(ref Clips, Clips + 1);
    }

    /// <summary>Whether an error is a property of a video, and not of the program or the machine.</summary>
    public static bool IsClipError(Exception error) => error
        is DataException
        or VideoException { Kind: not VideoErrorKind.LibraryMissing }
        or IOException
        or InvalidDataException
        or IndexOutOfRangeException
        or ArithmeticException
        or UnauthorizedAccessException
        or TimeoutException;

    private void MakeOrReplace(ClipBatch batch, int slot)
    {
        SampleKey wanted = batch.Plan.KeyAt(batch.Position, slot);
        _sample = wanted;
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                _request.Clear();
                _dataset.Draw(_sample, Source, _request);
                _request.Read(Source, batch.ClipRoom(slot), _stop);
                Augment(batch.ClipRoom(slot));
                Describe(batch, slot, missing: false);
                return;
            }
            catch (Exception error) when (IsClipError(error) && _options.BadClips != BadClipPolicy.Fail)
            {
                BadClip bad = new(batch.Position, _sample.Index, DescribeSample(), error.Message);
                batch.Step.AddProblem(batch, slot, attempt, bad);
                if (_options.BadClips == BadClipPolicy.Mark)
                {
                    batch.ClipRoom(slot).Clear();
                    Describe(batch, slot, missing: true);
                    return;
                }

                if (attempt == _replacementAttempts)
                {
                    throw new DataException(
                        $"{attempt + 1} clips in a row could not be read, the last {bad.Sample}: {bad.Reason} "
                        + "Check the data with 'avion data verify'.",
                        error);
                }

                _sample = wanted with { Index = Replacement(wanted, attempt, batch.Plan.SampleCount) };
            }
        }
    }

    private void Augment(Span<byte> clip)
    {
        for (int i = 0; i < _options.Augmentations.Count; i++)
        {
            ClipPixels pixels = new(clip, _options.FrameCount, _options.Height, _options.Width, _scratch);
            _options.Augmentations[i].Apply(_sample, pixels);
        }
    }

    private void Describe(ClipBatch batch, int slot, bool missing)
    {
        int tokens = _encoder is not null && _request.CaptionId >= 0 && _options.ContextLength > 0
            ? _encoder.Encode(_request.Caption.Span, batch.CaptionRoom(slot))
            : 0;
        batch.Describe(slot, _request, tokens, missing);
    }

    /// <summary>
    /// As many as make it unlikelier than one in a thousand million that all are bad where the share of bad clips is the one allowed, so
    /// that bad luck never ends a run that may go on.
    /// </summary>
    private static int AttemptsFor(double badFraction)
    {
        const double unlikely = 1e-9;
        const int fewest = 8;
        const int most = 1000;
        return badFraction <= 0 ? fewest : badFraction >= 1 ? most
            : (int)Math.Clamp(Math.Ceiling(Math.Log(unlikely) / Math.Log(badFraction)), fewest, most);
    }

    /// <summary>The sample that stands in for a bad one: a number of the bad sample's own stream, so the same in every run.</summary>
    private static int Replacement(in SampleKey wanted, int attempt, int sampleCount)
    {
        CounterRandom random = wanted.Open("replacement");
        int index = random.Next(sampleCount);
        for (int i = 0; i < attempt; i++)
        {
            index = random.Next(sampleCount);
        }

        return index;
    }
}
