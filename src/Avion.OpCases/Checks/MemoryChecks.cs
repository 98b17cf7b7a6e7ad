namespace Avion.OpCases;

/// <summary>What an operation does with memory.</summary>
internal static class MemoryChecks
{
    /// <summary>Nothing is written past a block, and nothing is read that nobody wrote: such reads give what is not a number.</summary>
    public static OpCheckResult Guards(OpCase opCase, OpSize size, ElementType type)
    {
        const int GuardBytes = 4096;
        foreach (HostDevice device in (HostDevice[])[new CpuDevice(2, activationType: type), new ReferenceDevice()])
        {
            using (device)
            {
                using OpSession session = new(opCase, size, device, GuardBytes);
                try
                {
                    session.Forward();
                    if (opCase.IsDifferentiable)
                    {
                        session.ForwardBackward(AccuracyChecks.Calls);
                    }
                }
                catch (InvalidOperationException exception)
                {
                    return new OpCheckResult($"{device.Name}: {exception.Message}", "");
                }

                if (session.Outputs.Any(output => output.Any(double.IsNaN)) || session.Gradients().Any(double.IsNaN))
                {
                    return new OpCheckResult($"{device.Name}: a result depends on memory that nobody wrote", "");
                }
            }
        }

        return OpCheckResult.Pass("guards whole, no stray reads");
    }

    /// <summary>The peak that planning finds is the peak of the run, and an arena of that size is never enlarged.</summary>
    public static OpCheckResult Plan(OpCase opCase, OpSize size, ElementType type)
    {
        using PlanningDevice planning = PlanningDevice.For(DeviceDescription.Cpu(2, type));
        using OpSession planned = new(opCase, size, planning);
        RunOnce(opCase, planned);
        long peak = planned.Tape.Arena.PeakBytes;
        using CpuDevice cpu = new(2, activationType: type);
        using OpSession real = new(opCase, size, cpu, plannedBytes: peak);
        RunOnce(opCase, real);
        if (real.Tape.Arena.PeakBytes != peak || real.Tape.Arena.SlabCount > 1)
        {
            return new OpCheckResult($"planned peak {peak} bytes, real peak {real.Tape.Arena.PeakBytes} bytes " +
                $"in {real.Tape.Arena.SlabCount} slabs", "");
        }

        if (planning.ScratchBytes != cpu.ScratchBytes)
        {
            return new OpCheckResult($"planned {planning.ScratchBytes} bytes of scratch, kernels took {cpu.ScratchBytes}", "");
        }

        return planning.FlopCount == cpu.FlopCount
            ? OpCheckResult.Pass($"{peak} bytes")
            : new OpCheckResult($"planned {planning.FlopCount} operations, ran {cpu.FlopCount}", "");
    }

    /// <summary>A warm run takes no managed memory and no memory from the device.</summary>
    public static OpCheckResult WarmRunAllocatesNothing(OpCase opCase, OpSize size, ElementType type)
    {
        using CpuDevice device = new(2, activationType: type);
        using OpSession session = new(opCase, size, device);
        RunOnce(opCase, session);
        RunOnce(opCase, session);
        int slabs = session.Tape.Arena.SlabCount;
        long before = GC.GetAllocatedBytesForCurrentThread();
        RunOnce(opCase, session);
        long own = GC.GetAllocatedBytesForCurrentThread() - before;
        if (own != 0)
        {
            return new OpCheckResult($"a warm run allocates {own} managed bytes", "");
        }

        return session.Tape.Arena.SlabCount == slabs
            ? OpCheckResult.Pass("0 bytes")
            : new OpCheckResult("a warm run takes memory from the device", "");
    }

    private static void RunOnce(OpCase opCase, OpSession session)
    {
        if (opCase.IsDifferentiable)
        {
            session.ForwardBackward(AccuracyChecks.Calls);
        }
        else
        {
            session.Step();
        }
    }
}
