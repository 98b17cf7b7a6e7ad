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
        Masks = new MaskPlan(model.Device, tubelets.TokenCount, ClipCount);
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
        using HostAccessScope step = _model.Device.ForbidHostAccess();
        return _model.Loss(Tape, pixels, Masks);
    }

    public void ForwardBackward()
    {
        _model.Parameters.ClearGradients();
        Tensor loss = Forward();
        using HostAccessScope step = _model.Device.ForbidHostAccess();
        Tape.Backward(loss);
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
