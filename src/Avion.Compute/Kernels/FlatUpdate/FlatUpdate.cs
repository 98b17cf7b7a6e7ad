namespace Avion.Compute;

/// <summary>How an optimizer changes single elements; a struct with the addresses and constants.</summary>
/// <remarks>Written once for all vector widths; <see cref="FlatUpdate"/> chooses the width and walks the elements.</remarks>
internal interface IUpdateRule
{
    /// <summary>Takes the gradients' factor and the number of this update from the step's scalars.</summary>
    void Begin(in StepScalars step);

    /// <summary>What the rates of a range become for its elements, in double precision where rounding would build up.</summary>
    (float First, float Second) Factors(float learningRate, float weightDecay);

    /// <summary>Updates the elements from <paramref name="i"/> on that fill a vector.</summary>
    void Update<TVector>(long i, float first, float second) where TVector : struct, IFloatVector<TVector>;
}

/// <summary>The specification of an <see cref="IUpdateRule"/>, in double precision.</summary>
internal interface IReferenceUpdateRule
{
    /// <summary>Updates one element.</summary>
    void Update(long i, double learningRate, double weightDecay, in StepScalars step);
}

/// <summary>A step of an optimizer over the ranges of flat memory: checks, costs, the choice of the device, and the walk.</summary>
internal static unsafe class FlatUpdate
{
    // A block of them takes a piece of an update table.
    private const int CudaThreads = 256;

    /// <summary>Checks shapes and ranges, and opens the span of a step.</summary>
    /// <param name="device">Where all memory lies.</param>
    /// <param name="operation">Its name in traces and errors.</param>
    /// <param name="flops">Operations an element.</param>
    /// <param name="ranges">What is updated; elements in no range are left alone.</param>
    /// <param name="values">The parameters, which the rules address.</param>
    /// <param name="gradients">Of the parameters' shape, as are the states.</param>
    /// <param name="states">What the optimizer keeps from step to step: read and written, as the parameters.</param>
    public static OperationScope Begin(Device device, string operation, int flops, UpdateTable ranges, Tensor values, Tensor gradients,
        ReadOnlySpan<Tensor> states)
    {
        Check.SameShape(operation, nameof(values), values, nameof(gradients), gradients);
        foreach (Tensor state in states)
        {
            Check.SameShape(operation, nameof(values), values, "state", state);
        }

        if (ranges.Ranges is [.., { End: long end }] && end > values.Count)
        {
            throw new ArgumentException($"{operation}: the last range ends at {end}, the flat memory has {values.Count} elements.");
        }

        long count = UpdateRange.Total(ranges.Ranges);
        int traffic = 3 + (2 * states.Length);
        return device.Begin(operation, flops * count, traffic * count * values.Type.SizeInBytes());
    }

    /// <summary>Runs a rule on every element of the ranges; leaves everything as it is where the step is not finite.</summary>
    /// <param name="device">Where all memory lies.</param>
    /// <param name="operation">Its name in errors.</param>
    /// <param name="ranges">What is updated.</param>
    /// <param name="values">The parameters.</param>
    /// <param name="step">A <see cref="StepBlock"/>'s memory.</param>
    /// <param name="rule">For the processor.</param>
    /// <param name="reference">The specification.</param>
    /// <param name="kernel">For a GPU, one launch for all ranges.</param>
    /// <param name="arguments">The kernel's: the pieces of the table, the step, and what the rule has.</param>
    public static void Run<TRule, TReference>(Device device, string operation, UpdateTable ranges, Tensor values, Tensor step, in TRule rule,
        in TReference reference, CudaKernel kernel, ReadOnlySpan<CudaArgument> arguments)
        where TRule : struct, IUpdateRule
        where TReference : struct, IReferenceUpdateRule
    {
        switch (device)
        {
            case CpuDevice cpu:
                CpuStep(cpu, ranges.Ranges, values.Count, in *StepBlock.OnHost(step), rule);
                break;
            case ReferenceDevice:
                ReferenceStep(ranges.Ranges, in *StepBlock.OnHost(step), reference);
                break;
            case CudaDevice cuda:
                cuda.Launch(kernel, values.Type, ranges.CudaGrid, CudaThreads, arguments);
                break;
            default:
                device.RequirePlanning(operation);
                break;
        }
    }

    private static void CpuStep<TRule>(CpuDevice cpu, ReadOnlySpan<UpdateRange> ranges, long count, in StepScalars step, TRule rule)
        where TRule : struct, IUpdateRule
    {
        if (step.IsFinite == 0)
        {
            return;
        }

        rule.Begin(step);
        fixed (UpdateRange* pinned = ranges)
        {
            Elementwise.Run(cpu.Workers, count,
                new Work<TRule>
                {
                    Ranges = pinned, RangeCount = ranges.Length, LearningRate = step.LearningRate,
                    WeightDecayFactor = step.WeightDecayFactor, Rule = rule,
                });
        }
    }

    private static void ReferenceStep<TReference>(ReadOnlySpan<UpdateRange> ranges, in StepScalars step, in TReference rule)
        where TReference : struct, IReferenceUpdateRule
    {
        foreach (UpdateRange range in ranges)
        {
            // Rate and decay as float32, as every device has it.
            double rate = (float)(step.LearningRate * range.RateFactor), decay = (float)(step.WeightDecayFactor * range.WeightDecay);
            for (long i = range.First; i < range.End && step.IsFinite != 0; i++)
            {
                rule.Update(i, rate, decay, step);
            }
        }
    }

    private struct Work<TRule> : IElementwiseWork where TRule : struct, IUpdateRule
    {
        public UpdateRange* Ranges;
        public int RangeCount;
        public double LearningRate, WeightDecayFactor;
        public TRule Rule;

        public void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector>
        {
            long end = first + count;
            for (int i = FirstRangeThatEndsAfter(first); i < RangeCount && Ranges[i].First < end; i++)
            {
                (float rate, float decay) = Rule.Factors((float)(LearningRate * Ranges[i].RateFactor),
                    (float)(WeightDecayFactor * Ranges[i].WeightDecay));
                Update<TVector>(Math.Max(first, Ranges[i].First), Math.Min(end, Ranges[i].End), rate, decay);
            }
        }

        private readonly void Update<TVector>(long from, long to, float first, float second) where TVector : struct, IFloatVector<TVector>
        {
            // A copy of the rule, so that its constants need not be read again after every store.
            TRule rule = Rule;
            long i = from;
            for (; i <= to - TVector.Width; i += TVector.Width)
            {
                rule.Update<TVector>(i, first, second);
            }

            for (; i < to; i++)
            {
                rule.Update<FloatScalar>(i, first, second);
            }
        }

        private readonly int FirstRangeThatEndsAfter(long element)
        {
            int low = 0, high = RangeCount;
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = Ranges[middle].End > element ? (low, middle) : (middle + 1, high);
            }

            return low;
        }
    }
}
