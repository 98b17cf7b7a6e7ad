namespace Avion.Models.Tests;

/// <summary>A training step of a small masked autoencoder on fixed clips and masks.</summary>
internal sealed unsafe class VideoMaeStep : IDisposable
{
    private const int ClipCount = 2;
    private readonly byte[] _pixels;
    private readonly VideoMae _model;

    public VideoMaeStep(VideoMae model)
    {
        _model = model;
        Tape = new Tape(model.Device);
        TubeletConfig tubelets = model.Config.Tubelets;
        _pixels = new byte[ClipCount * tubelets.FrameCount * 3 * tubelets.ImageSize * tubelets.ImageSize];
        new Random(5).NextBytes(_pixels);
        Masks = new MaskPlan(tubelets.TokenCount, ClipCount);
        Hidden = new bool[ClipCount * tubelets.TokenCount];
        for (int clip = 0; clip < ClipCount; clip++)
        {
            CounterRandom random = CounterRandom.For(7, "mask", (ulong)clip);
            TubeMask.Draw(ref random, tubelets.CellCount, 0.75, Hidden.AsSpan(clip * tubelets.TokenCount, tubelets.TokenCount));
        }

        Masks.Set(Hidden);
    }

    public Tape Tape { get; }

    public StepContext Context { get; set; }

    public MaskPlan Masks { get; }

    public bool[] Hidden { get; }

    public Tensor Forward()
    {
        Tape.Begin(Context);
        TubeletConfig tubelets = _model.Config.Tubelets;
        Tensor pixels = Tape.Allocate(new Shape(ClipCount, tubelets.FrameCount, 3, tubelets.ImageSize, tubelets.ImageSize),
            ElementType.UInt8);
        _model.Device.Upload(_pixels, pixels);
        return _model.Loss(Tape, pixels, Masks);
    }

    public void ForwardBackward()
    {
        _model.Parameters.ClearGradients();
        Tape.Backward(Forward());
    }

    public double Loss()
    {
        Tensor loss = Forward();
        return loss.Type == ElementType.Float64 ? *(double*)loss.Data : *(float*)loss.Data;
    }

    public void Dispose()
    {
        Tape.Dispose();
        Masks.Dispose();
    }
}
