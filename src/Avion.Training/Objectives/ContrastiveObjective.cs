namespace Avion.Training;

/// <summary>A dual encoder learns which caption of the batch belongs to which clip.</summary>
/// <remarks>
/// Loss: ½ (CE(s V Tᵀ, diagonal) + CE(s T Vᵀ, diagonal)); V, T [B, E] unit rows; s = exp(logit scale), held within 1 and 100.
/// Source: Radford et al. 2021, figure 3 (arXiv:2103.00020).
/// </remarks>
public sealed class ContrastiveObjective : TrainingObjective
{
    /// <summary>Bounds of the logit scale, a logarithm: similarities are multiplied by 1 to 100.</summary>
    private const float MinimumLogitScale = 0;
    private static readonly float s_maximumLogitScale = (float)Math.Log(100);

    private readonly DualEncoder _model;
    private readonly CheckpointDetails _details;
    private readonly TrainingDrops _drops;
    private readonly Tape _tape;
    private readonly Scalar[] _measurements = new Scalar[2];

    /// <param name="model">The model, which stays the caller's.</param>
    /// <param name="details">What saved checkpoints tell beside the weights.</param>
    /// <param name="plannedBytes">Step-scoped memory found by planning, which is taken at once; 0 to grow on demand.</param>
    /// <param name="drops">What is left out at random while training; nothing if left out.</param>
    public ContrastiveObjective(DualEncoder model, CheckpointDetails details, long plannedBytes = 0, TrainingDrops drops = default)
    {
        (_model, _details, _drops) = (model, details, drops);
        _tape = new Tape(model.Device, plannedBytes);
    }

    public override ParameterStore Parameters => _model.Parameters;

    public override ReadOnlySpan<Scalar> Measurements => _measurements;

    public override double AddGradients(ClipBatch batch, float scale)
    {
        _tape.Reset();
        _drops.Begin(_model, batch.Position);
        Tensor loss = Forward(batch, out Tensor accuracy);
        double value = Read(loss);
        _measurements[0] = new Scalar("batch_accuracy", Read(accuracy));
        _measurements[1] = new Scalar("logit_scale", Math.Exp(Read(_model.LogitScale.Value)));

        // A recomputed block draws again, so dropping ends after the backward pass.
        _tape.Backward(loss, scale);
        TrainingDrops.End(_model);
        return value;
    }

    public override void AfterUpdate()
    {
        if (!_model.LogitScale.IsFrozen)
        {
            Clamp.Scalar(_model.Device, _model.LogitScale.Value, MinimumLogitScale, s_maximumLogitScale);
        }
    }

    public override void SaveModel(string path) => Checkpoint.Save(path, _model, _details);

    public override void LoadModel(string path) => Checkpoint.LoadInto(path, _model);

    public override void Dispose() => _tape.Dispose();

    private Tensor Forward(ClipBatch batch, out Tensor accuracy)
    {
        using PhaseScope phase = _tape.Device.Phase("forward");
        return _model.Loss(_tape, batch.Pixels(_tape), batch.TokenIds(_tape), batch.Captions(), out accuracy);
    }

    private float Read(Tensor scalar)
    {
        float value = 0;
        _model.Device.Download(scalar, new Span<float>(ref value));
        return value;
    }
}
