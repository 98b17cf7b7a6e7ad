namespace Avion.Training;

// Legend: B clips, N tokens of a clip.

/// <summary>Draws which tokens of a batch's clips are hidden, and which of those the decoder predicts.</summary>
/// <remarks>Every clip of a batch predicts equally many tokens, so that a batch's loss is the mean of its clips'. Memory is kept between
/// batches.</remarks>
/// <param name="device">Where the loss is computed.</param>
/// <param name="tubelets">How clips are cut.</param>
/// <param name="maskRatio">Share of the cells that are hidden.</param>
/// <param name="decoderTokens">Which hidden tokens are predicted.</param>
/// <param name="decoderShare">How many of them.</param>
internal sealed class ClipMasks(
    Device device, TubeletConfig tubelets, double maskRatio, DecoderTokens decoderTokens = DecoderTokens.All, double decoderShare = 1)
        : IDisposable
{
    private readonly float[] _motion = new float[tubelets.TokenCount], _scratch = new float[tubelets.TokenCount];
    private MaskPlan? _plan;
    private bool[] _hidden = [], _predicted = [];
    private int _count;

    /// <summary>The masks of the batch that was sent last.</summary>
    public MaskPlan Plan => _plan ?? throw new InvalidOperationException("No masks were drawn yet.");

    /// <summary>Begins a batch.</summary>
    public void Begin(int clips)
    {
        _count = clips;
        if (_hidden.Length < clips * tubelets.TokenCount)
        {
            _plan?.Dispose();
            _plan = new MaskPlan(device, tubelets.TokenCount, clips);
            _hidden = new bool[clips * tubelets.TokenCount];
            _predicted = new bool[clips * tubelets.TokenCount];
        }
    }

    /// <summary>Draws the masks of a clip.</summary>
    /// <param name="clip">Its place in the batch.</param>
    /// <param name="random">Its stream of random numbers.</param>
    /// <param name="pixels">[T, 3, H, W]; empty where no clip is there but its shape.</param>
    public void Draw(int clip, ref CounterRandom random, ReadOnlySpan<byte> pixels)
    {
        Span<bool> hidden = Of(_hidden, clip), predicted = Of(_predicted, clip);
        TubeMask.Draw(ref random, tubelets.CellCount, maskRatio, hidden);
        switch (decoderTokens)
        {
            case DecoderTokens.RunningCell:
                TubeMask.ChooseRunningCells(ref random, tubelets.ImageSize / tubelets.PatchSize, decoderShare, hidden, predicted);
                break;
            case DecoderTokens.Motion:
                ChooseByMotion(pixels, hidden, predicted);
                break;
            default:
                hidden.CopyTo(predicted);
                break;
        }
    }

    /// <summary>Leaves a clip out of the loss.</summary>
    public void LeaveOut(int clip) => Of(_predicted, clip).Clear();

    /// <summary>Sends the batch's masks to the device.</summary>
    public void Send() => Plan.Set(_hidden.AsSpan(0, _count * tubelets.TokenCount), _predicted.AsSpan(0, _count * tubelets.TokenCount));

    /// <summary>Returns the memory.</summary>
    public void Dispose() => _plan?.Dispose();

    private void ChooseByMotion(ReadOnlySpan<byte> pixels, ReadOnlySpan<bool> hidden, Span<bool> predicted)
    {
        if (pixels.IsEmpty)
        {
            _motion.AsSpan().Clear();
        }
        else
        {
            MotionMask.Measure(pixels, tubelets, _motion);
        }

        MotionMask.Choose(_motion, decoderShare, hidden, predicted, _scratch);
    }

    private Span<bool> Of(bool[] masks, int clip) => masks.AsSpan(clip * tubelets.TokenCount, tubelets.TokenCount);
}

/// <summary>Which hidden tokens a decoder predicts.</summary>
public enum DecoderTokens
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>Those of a pattern that moves on from slot to slot: <see cref="TubeMask.ChooseRunningCells"/>.</summary>
    RunningCell,

    /// <summary>Those in which most moves: <see cref="MotionMask"/>.</summary>
    Motion,
}
