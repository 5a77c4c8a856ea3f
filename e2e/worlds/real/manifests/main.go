// manifests: reads objects of Kubernetes and of Prometheus' operator by their own types, and says what these do not know.
//
//	manifests FILE...    a line a fault, and how many of each kind were read; exit code 1 where there is a fault
package main

import (
	"bytes"
	"fmt"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
}

// typed is nothing for a kind that is not known here.
func typed(kind string) any {
	switch kind {
	case "v1 ConfigMap":
		return &core.ConfigMap{}
	case "v1 PersistentVolumeClaim":
		return &core.PersistentVolumeClaim{}
	case "v1 Pod":
		return &core.Pod{}
	case "v1 Secret":
		return &core.Secret{}
	case "v1 Service":
		return &core.Service{}
	case "v1 ServiceAccount":
		return &core.ServiceAccount{}
	case "apps/v1 Deployment":
		return &apps.Deployment{}
	case "apps/v1 StatefulSet":
		return &apps.StatefulSet{}
	case "autoscaling/v2 HorizontalPodAutoscaler":
		return &autoscaling.HorizontalPodAutoscaler{}
	case "batch/v1 Job":
		return &batch.Job{}
	case "monitoring.coreos.com/v1 PrometheusRule":
		return &monitoring.PrometheusRule{}
	case "monitoring.coreos.com/v1 ServiceMonitor":
		return &monitoring.ServiceMonitor{}
	case "networking.k8s.io/v1 Ingress":
		return &networking.Ingress{}
	case "networking.k8s.io/v1 NetworkPolicy":
		return &networking.NetworkPolicy{}
	case "policy/v1 PodDisruptionBudget":
		return &policy.PodDisruptionBudget{}
	}
	return nil
}

func main() {
	known, unknown, faults := 0, map[string]int{}, 0
	fault := func(what ...any) {
		faults++
		fmt.Println(what...)
	}
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			fault(err)
		}
		for _, document := range bytes.Split(text, []byte("\n---\n")) {
			var one object
			if err := yaml.Unmarshal(document, &one); err != nil {
				fault(path, err)
				continue
			}
			kind := one.APIVersion + " " + one.Kind
			into := typed(kind)
			switch {
			case one.Kind == "":
			case into == nil:
				unknown[kind]++
			default:
				known++
				if err := yaml.UnmarshalStrict(document, into); err != nil {
					fault(path, kind, one.Metadata.Name, err)
				}
			}
		}
	}
	fmt.Println("read:", known, "not read:", unknown)
	if faults > 0 {
		os.Exit(1)
	}
}
