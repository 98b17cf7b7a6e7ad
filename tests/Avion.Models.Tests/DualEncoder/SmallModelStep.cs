using System.Runtime.InteropServices;

namespace Avion.Models.Tests;

/// <summary>A training step of a small dual encoder on fixed clips and captions of different lengths.</summary>
internal sealed unsafe class SmallModelStep : IDisposable
{
    private const int ClipCount = 3;
    private static readonly int[] s_ids = [62, 5, 9, 11, 63, 62, 7, 63, 62, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 63];
    private static readonly int[] s_starts = [0, 5, 8, 20];

    private readonly byte[] _pixels;
    private readonly SequenceTable _captions;

    public SmallModelStep(DualEncoder model)
    {
        Model = model;
        Tape = new Tape(model.Device);
        VisionConfig vision = model.Config.Vision;
        _pixels = new byte[ClipCount * vision.FrameCount * 3 * vision.ImageSize * vision.ImageSize];
        new Random(5).NextBytes(_pixels);
        _captions = new SequenceTable(model.Device);
    }

    public DualEncoder Model { get; }

    public Tape Tape { get; }

    /// <summary>Which step it is; evaluation unless set.</summary>
    public StepContext Context { get; set; }

    /// <summary>Tokens to add behind the captions, as steps that are captured do; up to two captions' length.</summary>
    public int AddedTokens { get; set; }

    /// <summary>Runs forward; the loss is valid until the next step.</summary>
    public Tensor Forward()
    {
        Tape.Begin(Context);
        VisionConfig vision = Model.Config.Vision;
        Tensor pixels = Tape.Allocate(new Shape(ClipCount, vision.FrameCount, 3, vision.ImageSize, vision.ImageSize), ElementType.UInt8);
        Model.Device.Upload(_pixels, pixels);
        int[] filled = AddedTokens == 0 ? s_ids : [.. s_ids, .. new int[AddedTokens]];
        Tensor ids = Tape.Allocate(new Shape(filled.Length), ElementType.Int32);
        Model.Device.Upload(filled, ids);
        int longest = Model.Config.Text.ContextLength;
        SequenceOffsets captions = AddedTokens == 0 ? _captions.Set(s_starts)
            : _captions.Set([.. s_starts, Math.Min(filled.Length, s_ids.Length + longest), filled.Length], paddingCount: 2, longest);
        using HostAccessScope step = Model.Device.ForbidHostAccess();
        return Model.Loss(Tape, pixels, ids, captions, out _);
    }

    /// <summary>Runs forward and back, from cleared gradients.</summary>
    public void ForwardBackward()
    {
        Model.Parameters.ClearGradients();
        Tensor loss = Forward();
        using HostAccessScope step = Model.Device.ForbidHostAccess();
        Tape.Backward(loss);
    }

    /// <summary>The loss alone, in double precision on a <see cref="ReferenceDevice"/>.</summary>
    public double Loss()
    {
        Tensor loss = Forward();
        return loss.Type == ElementType.Float64 ? *(double*)loss.Data : *(float*)loss.Data;
    }

    /// <summary>All gradients, by parameter.</summary>
    public float[][] Gradients()
    {
        ForwardBackward();
        return [.. Model.Parameters.Parameters.Select(parameter => Model.Gradient(parameter.Name))];
    }

    public void Dispose()
    {
        Tape.Dispose();
        _captions.Dispose();
    }
}
