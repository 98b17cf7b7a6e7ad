namespace Avion.Compute;

/// <summary>One step of an exponential moving average of parameters, on flat memory.</summary>
/// <remarks>
/// average ← decay · average + (1 - decay) · value, computed as average + (1 - decay) · (value - average), so that an average
/// that equals its value stays there to the last bit. Shapes: values, average [FlatCount].
/// Cost: 3 operations and 3 elements of traffic an element.
/// Source: Polyak, Juditsky 1992, "Acceleration of stochastic approximation by averaging", with exponential weights as in Tarvainen,
/// Valpola 2017, equation 1 (arXiv:1703.01780).
/// </remarks>
public static partial class MovingAverage
{
    private const int CudaThreads = 256, CudaNumbersPerThread = 4;

    private static readonly CudaKernel s_step = new("MovingAverage", "moving_average");

    /// <summary>Moves the average towards the values; leaves it where the step is not finite.</summary>
    /// <param name="device">Where both lie.</param>
    /// <param name="values">What is averaged.</param>
    /// <param name="average">The average, updated in place.</param>
    /// <param name="decay">Share of the old average, from 0 to 1.</param>
    /// <param name="step">A <see cref="StepBlock"/>'s memory: whether the step is finite.</param>
    public static unsafe void Step(Device device, Tensor values, Tensor average, double decay, Tensor step)
    {
        Check.SameShape("MovingAverage.Step", nameof(values), values, nameof(average), average);
        if (decay is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(decay), decay, "MovingAverage.Step: the decay must be from 0 to 1.");
        }

        using OperationScope scope = device.Begin("MovingAverage.Step", 3 * values.Count, 3 * values.ByteCount);
        switch (device)
        {
            case HostDevice when StepBlock.OnHost(step)->IsFinite == 0:
                break;
            case CpuDevice cpu:
                CpuStep(cpu.Workers, (float*)values.Data, (float*)average.Data, values.Count, decay);
                break;
            case ReferenceDevice:
                ReferenceStep((double*)values.Data, (double*)average.Data, values.Count, decay);
                break;
            case CudaDevice cuda:
                cuda.Launch(s_step, values.Type, cuda.ElementGrid(values.Count, CudaThreads, CudaNumbersPerThread), CudaThreads,
                    [values.Data, average.Data, values.Count, (float)(1 - decay), step.Data]);
                break;
            default:
                device.RequirePlanning("MovingAverage.Step");
                break;
        }
    }
}
