namespace Avion.OpCases;

/// <summary>What of a GPU is looked at.</summary>
public enum GpuCheckPart
{
    /// <summary>What the driver's compiler makes of each kernel.</summary>
    Kernels,

    /// <summary>Results of operations against the double-precision reference.</summary>
    Operations,

    /// <summary>What the device reaches at best.</summary>
    Ceilings,

    /// <summary>What operations reach.</summary>
    Rates,

    /// <summary>A whole training step.</summary>
    Step,
}
