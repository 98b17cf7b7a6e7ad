namespace Avion.Training;

/// <summary>What a step found; valid until the next one is read.</summary>
public readonly ref struct StepResult
{
    internal StepResult(double loss, double gradientNorm, bool isFinite, ReadOnlySpan<Scalar> measured)
    {
        Loss = loss;
        GradientNorm = gradientNorm;
        IsFinite = isFinite;
        Measured = measured;
    }

    /// <summary>Mean loss over the batches of all ranks.</summary>
    public double Loss { get; }

    /// <summary>Norm of all gradients, before clipping.</summary>
    public double GradientNorm { get; }

    /// <summary>Whether loss and gradients are finite; if not, the step has changed no parameter.</summary>
    public bool IsFinite { get; }

    /// <summary>What the task measured beside the loss.</summary>
    public ReadOnlySpan<Scalar> Measured { get; }
}
