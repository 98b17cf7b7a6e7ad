using System;
using Avion.Compute;

namespace Avion.Models;

/// <summary>What all models are: named parameters on a device, and a description that a checkpoint carries.</summary>
public abstract class Model : IDisposable
{
    private protected Model(Device device) => Device = device;

    /// <summary>Where the parameters live and the model runs.</summary>
    public Device Device { get; }

    /// <summary>All parameters, under their published names.</summary>
    public ParameterStore Parameters { get; } = new();

    /// <summary>The model's kind and configuration, complete enough to build it again.</summary>
    public abstract ModelArchitecture Architecture { get; }

    /// <summary>Returns the memory of the parameters.</summary>
    public virtual void Dispose() => Parameters.Dispose();
}
