namespace Avion.CudaSimulator;

/// <summary>Runs kernels.</summary>
public static unsafe class Launch
{
    /// <summary>Runs a kernel to its end, block after block.</summary>
    /// <param name="program">The kernel.</param>
    /// <param name="memory">Global memory.</param>
    /// <param name="shape">Grid, block and dynamic shared memory.</param>
    /// <param name="arguments">The values of the parameters, each as many bytes as the kernel declares.</param>
    /// <param name="allowedDynamicBytes">What the kernel's attribute allows; 0 for what every kernel may have.</param>
    /// <param name="collects">Whether to count memory sectors and bank conflicts.</param>
    /// <param name="longestRun">Instructions between two barriers after which a warp is taken to run for ever.</param>
    /// <returns>What was counted.</returns>
    /// <exception cref="SimulationException">The launch or the kernel is wrong.</exception>
    public static KernelStatistics Run(KernelProgram program, DeviceMemory memory, LaunchShape shape, ReadOnlySpan<byte[]> arguments,
        int allowedDynamicBytes = 0, bool collects = true, int longestRun = 1 << 28)
    {
        shape.Check(program, Math.Max(allowedDynamicBytes, LaunchShape.DefaultSharedBytes - program.StaticSharedBytes));
        byte[] parameters = Pack(program, arguments);
        foreach (Operation operation in program.Operations)
        {
            KernelStatistics.Forget(operation);
        }

        fixed (byte* packed = parameters)
        {
            using Block block = new(program, memory, shape, packed, collects) { LongestRun = longestRun };
            for (int z = 0; z < shape.Grid.Z; z++)
            {
                for (int y = 0; y < shape.Grid.Y; y++)
                {
                    for (int x = 0; x < shape.Grid.X; x++)
                    {
                        block.Run(x, y, z);
                    }
                }
            }
        }

        return new KernelStatistics(program);
    }

    private static byte[] Pack(KernelProgram program, ReadOnlySpan<byte[]> arguments)
    {
        List<PtxParameter> expected = program.Kernel.Parameters;
        if (arguments.Length != expected.Count)
        {
            throw Wrong(program, $"{arguments.Length} arguments, the kernel has {expected.Count} parameters");
        }

        byte[] packed = new byte[Math.Max(1, program.Kernel.ParameterBytes)];
        for (int i = 0; i < expected.Count; i++)
        {
            if (arguments[i].Length != expected[i].Bytes)
            {
                throw Wrong(program, $"argument {i} has {arguments[i].Length} bytes, the parameter {expected[i].Bytes}");
            }

            arguments[i].CopyTo(packed, expected[i].Offset);
        }

        return packed;
    }

    private static SimulationException Wrong(KernelProgram program, string what) =>
        new(FailureKind.InvalidLaunch, $"Launch of {program.Name}: {what}.") { Kernel = program.Name };
}
